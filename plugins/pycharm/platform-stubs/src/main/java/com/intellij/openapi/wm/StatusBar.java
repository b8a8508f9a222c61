package com.intellij.openapi.wm;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Status Bar Widgets".
 */
public interface StatusBar {}
