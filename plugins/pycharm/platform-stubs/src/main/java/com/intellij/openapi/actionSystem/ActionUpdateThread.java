package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System". Since 2022.3,
 * which is the first build that the plug-in runs on.
 */
public enum ActionUpdateThread {
    BGT,
    EDT
}
