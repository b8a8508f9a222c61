package com.intellij.ui.content;

import com.intellij.openapi.Disposable;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows".
 */
public interface Content {
    void setDisposer(Disposable disposer);
}
