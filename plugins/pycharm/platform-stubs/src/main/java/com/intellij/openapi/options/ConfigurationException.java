package com.intellij.openapi.options;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Settings Guide".
 */
public class ConfigurationException extends Exception {
    public ConfigurationException(String message) {
        super(message);
    }
}
