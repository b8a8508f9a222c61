package com.intellij.openapi.actionSystem;

import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public interface ActionToolbar {
    JComponent getComponent();

    void setTargetComponent(JComponent component);
}
