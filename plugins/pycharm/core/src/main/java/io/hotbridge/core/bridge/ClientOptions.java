package io.hotbridge.core.bridge;

import io.hotbridge.core.Log;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What a {@link BridgeClient} needs.
 *
 * @param find the bridge that runs; called where it may block
 * @param start starts one, and returns once it can be found; called where it may block
 * @param pause before trying again after so many failures, in milliseconds
 * @param clock milliseconds that only go forward
 */
public record ClientOptions(
        String name,
        String version,
        Callable<Optional<BridgeInfo>> find,
        Callable<Void> start,
        Log log,
        Function<Integer, Long> pause,
        LongSupplier clock,
        Duration handshake) {
    private static final long PAUSE_FIRST_MS = 100;
    static final long PAUSE_MAX_MS = 10_000;

    public ClientOptions(
            String name,
            String version,
            Callable<Optional<BridgeInfo>> find,
            Callable<Void> start,
            Log log) {
        this(
                name,
                version,
                find,
                start,
                log,
                ClientOptions::pauseAfter,
                () -> System.nanoTime() / 1_000_000,
                Connection.HANDSHAKE);
    }

    private static long pauseAfter(int failures) {
        long full = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS << Math.min(failures, 10));
        return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    }
}
