package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public class Presentation {
    public void setEnabled(boolean enabled) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void setVisible(boolean visible) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void setEnabledAndVisible(boolean enabled) {
        throw new UnsupportedOperationException("platform stub");
    }
}
