package com.intellij.notification;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Notifications".
 */
public final class NotificationGroup {
    private NotificationGroup() {}

    public Notification createNotification(String title, String content, NotificationType type) {
        throw new UnsupportedOperationException("platform stub");
    }
}
