package io.hotbridge.core.bridge;

import io.hotbridge.core.wire.Targets;
import java.util.concurrent.CompletableFuture;

/**
 * The bridge, as the rest of the plug-in sees it: asked when there is something to ask, found or
 * started when it is needed, connected again with growing pauses when it goes. A deploy that had no
 * answer is asked for again under its own id, so that nothing is deployed twice and nothing is
 * lost.
 */
public final class BridgeClient implements AutoCloseable {
    BridgeClient() {}

    public ClientState state() {
        throw new UnsupportedOperationException();
    }

    public Targets targets() {
        throw new UnsupportedOperationException();
    }

    public AutoCloseable listen(ClientListener listener) {
        throw new UnsupportedOperationException();
    }

    /** Looks for a bridge and stays with it; starts one only when told to. */
    public CompletableFuture<Void> connect(boolean start) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
}
