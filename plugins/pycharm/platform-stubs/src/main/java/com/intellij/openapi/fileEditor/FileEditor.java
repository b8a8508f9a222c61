package com.intellij.openapi.fileEditor;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Components".
 */
public interface FileEditor {}
