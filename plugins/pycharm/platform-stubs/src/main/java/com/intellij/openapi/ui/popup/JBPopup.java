package com.intellij.openapi.ui.popup;

import com.intellij.openapi.project.Project;
import com.intellij.ui.awt.RelativePoint;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Popups".
 */
public interface JBPopup {
    void show(RelativePoint where);

    void showCenteredInCurrentWindow(Project project);

    void cancel();
}
