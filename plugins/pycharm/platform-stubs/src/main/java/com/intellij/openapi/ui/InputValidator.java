package com.intellij.openapi.ui;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Miscellaneous Swing
 * Components".
 */
public interface InputValidator {
    boolean checkInput(String input);

    boolean canClose(String input);
}
