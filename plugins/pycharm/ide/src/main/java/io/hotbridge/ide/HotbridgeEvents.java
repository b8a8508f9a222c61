package io.hotbridge.ide;

import com.intellij.util.messages.Topic;

/** What the views of one project listen to, on the thread of the user interface. */
public interface HotbridgeEvents {
    @Topic.ProjectLevel
    Topic<HotbridgeEvents> TOPIC =
            new Topic<>(HotbridgeEvents.class, Topic.BroadcastDirection.NONE);

    /** The line of the status bar, or what its popup holds, may be another. */
    default void statusChanged() {}

    /** The history of this module; empty names: any. */
    default void historyChanged(String target, String module) {}

    /** {@link HotbridgeProject#wanted} is to be shown. */
    default void historyWanted() {}
}
