package com.intellij.openapi.options;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Settings Guide".
 */
public interface Configurable extends UnnamedConfigurable {
    String getDisplayName();
}
