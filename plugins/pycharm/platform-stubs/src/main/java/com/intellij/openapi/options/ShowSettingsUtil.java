package com.intellij.openapi.options;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Settings Guide".
 */
public abstract class ShowSettingsUtil {
    public static ShowSettingsUtil getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract <T extends Configurable> void showSettingsDialog(
            Project project, Class<T> configurable);
}
