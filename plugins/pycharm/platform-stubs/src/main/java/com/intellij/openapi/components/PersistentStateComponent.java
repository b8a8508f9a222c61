package com.intellij.openapi.components;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Persisting State of
 * Components".
 */
public interface PersistentStateComponent<T> {
    T getState();

    void loadState(T state);
}
