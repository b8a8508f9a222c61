package io.hotbridge.core.bridge;

import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Targets;

/** Told by the client, always on its own thread. */
public interface ClientListener {
    default void stateChanged(ClientState state) {}

    default void deployChanged(Deploy deploy) {}

    default void targetsChanged(Targets targets) {}

    /** Connecting fails, and goes on failing: once for each cause. */
    default void troubled(Trouble trouble) {}
}
