package io.hotbridge.core.bridge;

import io.hotbridge.core.Tests;
import io.hotbridge.core.Trouble;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** One connection by itself, without the client that tries again. */
final class Openings {
    private Openings() {}

    static CompletableFuture<Connection.Opened> open(
            Threads threads, BridgeInfo info, Duration timeout) {
        return Connection.open(
                HttpClients.create(threads),
                threads,
                info,
                new Connection.ClientName("test", "1"),
                timeout);
    }

    static Trouble.Connect.Failure failure(Threads threads, BridgeInfo info) {
        return Tests.failure(Trouble.Connect.class, open(threads, info, Connection.HANDSHAKE))
                .failure();
    }
}
