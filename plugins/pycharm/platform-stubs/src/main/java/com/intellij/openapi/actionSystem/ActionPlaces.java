package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System". Deprecated in
 * the newest builds for AnActionEvent.isFromContextMenu(), which 2022.3 does not have; still
 * there.
 */
public abstract class ActionPlaces {
    public static boolean isPopupPlace(String place) {
        throw new UnsupportedOperationException("platform stub");
    }
}
