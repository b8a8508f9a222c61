package com.intellij.notification;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Notifications".
 */
public enum NotificationType {
    IDE_UPDATE,
    INFORMATION,
    WARNING,
    ERROR
}
