package com.intellij.openapi.actionSystem;

import javax.swing.JPopupMenu;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public interface ActionPopupMenu {
    JPopupMenu getComponent();
}
