package com.intellij.openapi.wm;

import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Status Bar Widgets". The
 * other presentations have changed their methods between 2022.3 and now; this one has stayed.
 */
public interface CustomStatusBarWidget extends StatusBarWidget {
    JComponent getComponent();
}
