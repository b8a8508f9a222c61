package com.intellij.notification;

import com.intellij.openapi.actionSystem.AnAction;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Notifications".
 */
public abstract class NotificationAction extends AnAction {
    public static NotificationAction createSimpleExpiring(String text, Runnable action) {
        throw new UnsupportedOperationException("platform stub");
    }
}
