package com.intellij.openapi.wm;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows". Written in
 * Kotlin in later builds; the rest of it has defaults in both.
 */
public interface ToolWindowFactory {
    void createToolWindowContent(Project project, ToolWindow toolWindow);
}
