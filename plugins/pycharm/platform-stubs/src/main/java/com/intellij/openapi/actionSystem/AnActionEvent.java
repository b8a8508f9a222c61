package com.intellij.openapi.actionSystem;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public class AnActionEvent {
    public Project getProject() {
        throw new UnsupportedOperationException("platform stub");
    }

    public String getPlace() {
        throw new UnsupportedOperationException("platform stub");
    }

    public <T> T getData(DataKey<T> key) {
        throw new UnsupportedOperationException("platform stub");
    }

    public Presentation getPresentation() {
        throw new UnsupportedOperationException("platform stub");
    }
}
