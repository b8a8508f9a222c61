package com.intellij.openapi.editor;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Components".
 */
public interface Editor {
    Document getDocument();
}
