package com.intellij.notification;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Notifications".
 */
public interface NotificationGroupManager {
    static NotificationGroupManager getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    NotificationGroup getNotificationGroup(String id);
}
