package io.hotbridge.core.bridge;

import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import java.net.http.HttpClient;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;

/**
 * One try at a connection: to the bridge that is found, or to one that is started, where that is
 * wanted and what was found is left over. On the main thread.
 */
final class Opener {
    private final ClientOptions options;
    private final Threads threads;
    private final BooleanSupplier wanted;
    private final Runnable found;
    private final Runnable starting;
    private HttpClient http;

    /**
     * @param wanted may a bridge be started now?
     * @param found called before one that was found is connected to
     * @param starting called before one is started
     */
    Opener(
            ClientOptions options,
            Threads threads,
            BooleanSupplier wanted,
            Runnable found,
            Runnable starting) {
        this.options = options;
        this.threads = threads;
        this.wanted = wanted;
        this.found = found;
        this.starting = starting;
    }

    void close() {
        HttpClients.close(http);
        http = null;
    }

    /** Empty: there is no bridge, and none is wanted. */
    CompletableFuture<Optional<Connection.Opened>> open() {
        return threads.off(options.find())
                .thenComposeAsync(
                        info -> info.isEmpty() ? beginIfWanted() : openFound(info.get()),
                        threads.main());
    }

    private CompletableFuture<Optional<Connection.Opened>> openFound(BridgeInfo info) {
        found.run();
        return open(info)
                .handleAsync(
                        (opened, error) -> {
                            if (error == null) {
                                return CompletableFuture.completedFuture(opened);
                            }
                            Throwable cause = Trouble.unwrap(error);
                            if (!isLeftOver(cause)) {
                                return CompletableFuture
                                        .<Optional<Connection.Opened>>failedFuture(cause);
                            }
                            options.log().info(cause.getMessage());
                            return beginIfWanted();
                        },
                        threads.main())
                .thenCompose(next -> next);
    }

    /** The files of a bridge that is gone: nobody is there, or somebody else. */
    private static boolean isLeftOver(Throwable error) {
        return error instanceof Trouble.Connect connect
                && (connect.failure() == Failure.REFUSED
                        || connect.failure() == Failure.IMPOSTOR);
    }

    private CompletableFuture<Optional<Connection.Opened>> beginIfWanted() {
        if (!wanted.getAsBoolean()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        starting.run();
        options.log().info("starting the bridge");
        return threads.off(options.start())
                .thenComposeAsync(started -> threads.off(options.find()), threads.main())
                .thenComposeAsync(
                        info -> {
                            if (info.isEmpty()) {
                                throw new Trouble.Connect(
                                        Failure.CLOSED,
                                        "the bridge was started, and is not there");
                            }
                            return open(info.get());
                        },
                        threads.main());
    }

    private CompletableFuture<Optional<Connection.Opened>> open(BridgeInfo info) {
        if (http == null) {
            http = HttpClients.create(threads);
        }
        return Connection.open(
                        http,
                        threads,
                        info,
                        new Connection.ClientName(options.name(), options.version()),
                        options.handshake())
                .thenApplyAsync(
                        opened -> {
                            options.log().info("connected to the " + info);
                            return Optional.of(opened);
                        },
                        threads.main());
    }
}
