package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public class DefaultActionGroup extends ActionGroup {
    public DefaultActionGroup() {
        throw new UnsupportedOperationException("platform stub");
    }

    public final void add(AnAction action) {
        throw new UnsupportedOperationException("platform stub");
    }
}
