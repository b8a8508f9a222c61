package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public final class DataKey<T> {
    private DataKey() {}
}
