package io.hotbridge.ide;

import com.intellij.notification.Notification;
import com.intellij.notification.NotificationAction;
import com.intellij.notification.NotificationGroupManager;
import com.intellij.notification.NotificationType;
import com.intellij.openapi.Disposable;
import com.intellij.openapi.project.Project;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Balloon;
import java.util.HashMap;
import java.util.Map;

/**
 * The notifications of a project, one for each key: a newer one takes the earlier one's place. The
 * thread of the user interface.
 */
final class Balloons implements Disposable {
    static final String GROUP = "Hotbridge";

    private final Project project;
    private final Map<String, Notification> shown = new HashMap<>();

    Balloons(Project project) {
        this.project = project;
    }

    void show(Balloon balloon) {
        expire(balloon.key());
        Notification notification =
                NotificationGroupManager.getInstance()
                        .getNotificationGroup(GROUP)
                        .createNotification(
                                Html.escape(balloon.title()),
                                Html.escape(balloon.text()),
                                type(balloon.kind()));
        for (Action action : balloon.actions()) {
            notification.addAction(
                    NotificationAction.createSimpleExpiring(
                            action.label(), () -> Performer.perform(project, action)));
        }
        shown.put(balloon.key(), notification);
        notification.notify(project);
    }

    void expire(String key) {
        Notification earlier = shown.remove(key);
        if (earlier != null) {
            earlier.expire();
        }
    }

    /** Their buttons would hold the plug-in when it is to be unloaded. */
    @Override
    public void dispose() {
        shown.values().forEach(Notification::expire);
        shown.clear();
    }

    private static NotificationType type(Balloon.Kind kind) {
        return switch (kind) {
            case INFORMATION -> NotificationType.INFORMATION;
            case WARNING -> NotificationType.WARNING;
            case ERROR -> NotificationType.ERROR;
        };
    }
}
