package com.intellij.openapi.wm;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Status Bar Widgets". Later
 * builds give the last two and isAvailable a default; all are implemented.
 */
public interface StatusBarWidgetFactory {
    String getId();

    String getDisplayName();

    boolean isAvailable(Project project);

    StatusBarWidget createWidget(Project project);

    void disposeWidget(StatusBarWidget widget);

    boolean canBeEnabledOn(StatusBar statusBar);
}
