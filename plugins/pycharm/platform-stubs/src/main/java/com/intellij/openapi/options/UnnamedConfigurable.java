package com.intellij.openapi.options;

import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Settings Guide".
 */
public interface UnnamedConfigurable {
    JComponent createComponent();

    boolean isModified();

    void apply() throws ConfigurationException;

    default void reset() {}

    default void disposeUIResources() {}
}
