package com.intellij.openapi.wm;

import com.intellij.openapi.Disposable;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Status Bar Widgets". Later
 * builds give install() a default; all are implemented, so both forms are met.
 */
public interface StatusBarWidget extends Disposable {
    String ID();

    void install(StatusBar statusBar);

    default WidgetPresentation getPresentation() {
        throw new UnsupportedOperationException("platform stub");
    }

    interface WidgetPresentation {}
}
