package com.intellij.notification;

import com.intellij.openapi.actionSystem.AnAction;
import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Notifications".
 */
public class Notification {
    public Notification addAction(AnAction action) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void notify(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void expire() {
        throw new UnsupportedOperationException("platform stub");
    }
}
