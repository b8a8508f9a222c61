package com.intellij.openapi.wm;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows".
 */
public abstract class ToolWindowManager {
    public static ToolWindowManager getInstance(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract ToolWindow getToolWindow(String id);
}
