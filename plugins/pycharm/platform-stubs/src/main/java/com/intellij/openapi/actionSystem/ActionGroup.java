package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public abstract class ActionGroup extends AnAction {
    @Override
    public void actionPerformed(AnActionEvent event) {
        throw new UnsupportedOperationException("platform stub");
    }
}
