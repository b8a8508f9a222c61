package com.intellij.openapi.components;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Persisting State of
 * Components". The constant is written into the classes that use it; its text is that of the
 * documentation.
 */
public final class StoragePathMacros {
    public static final String WORKSPACE_FILE = "$WORKSPACE_FILE$";

    private StoragePathMacros() {}
}
