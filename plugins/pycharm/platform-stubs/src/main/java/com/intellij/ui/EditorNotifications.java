package com.intellij.ui;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Banners
 * (Notifications)".
 */
public abstract class EditorNotifications {
    public static EditorNotifications getInstance(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract void updateAllNotifications();
}
