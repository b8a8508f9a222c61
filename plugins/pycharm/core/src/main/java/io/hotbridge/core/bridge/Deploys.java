package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Protocol;
import io.hotbridge.core.wire.RollbackRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;

/**
 * The deploys that were asked for and have no answer yet, with their bytes, across connections. On
 * the main thread, but for {@link #count}.
 */
final class Deploys {
    private static final Duration REQUEST = Duration.ofSeconds(30);
    private static final long AGAIN_MS = 500;

    /** A save that never reached the bridge is not deployed after this. */
    private static final long STALE_MS = 60_000;

    /** One of them. */
    static final class Pending {
        private final String id;
        private final String method;
        private final String target;
        private final String module;
        private final JsonObject params;
        private final long since;
        private final CompletableFuture<Deploy> done;

        /** True from the first time that it was handed to a connection. */
        private boolean sent;

        private Pending(
                String id,
                String method,
                String target,
                String module,
                JsonObject params,
                long since,
                CompletableFuture<Deploy> done) {
            this.id = id;
            this.method = method;
            this.target = target;
            this.module = module;
            this.params = params;
            this.since = since;
            this.done = done;
        }
    }

    private final Threads threads;
    private final LongSupplier clock;
    private final Map<String, Pending> pending = new LinkedHashMap<>();
    private volatile int count;

    Deploys(Threads threads, LongSupplier clock) {
        this.threads = threads;
        this.clock = clock;
    }

    int count() {
        return count;
    }

    Pending add(DeployRequest request, CompletableFuture<Deploy> done) {
        return add(
                new Pending(
                        request.id(),
                        "deploy",
                        request.target(),
                        request.module(),
                        Protocol.write(request),
                        clock.getAsLong(),
                        done));
    }

    Pending add(RollbackRequest request, CompletableFuture<Deploy> done) {
        return add(
                new Pending(
                        request.id(),
                        "rollback",
                        request.target(),
                        request.module(),
                        Protocol.write(request),
                        clock.getAsLong(),
                        done));
    }

    private Pending add(Pending one) {
        pending.put(one.id, one);
        count = pending.size();
        return one;
    }

    /** A newer save takes the place of one that was not sent. */
    void replaceWaiting(DeployRequest request) {
        for (Pending one : List.copyOf(pending.values())) {
            if (!one.sent
                    && one.module.equals(request.module())
                    && one.target.equals(request.target())) {
                fail(one, new Trouble.Replaced("a newer save took its place"));
            }
        }
    }

    /** One that was never sent needs nobody's leave. */
    boolean cancelUnsent(String id) {
        Pending one = pending.get(id);
        if (one == null || one.sent) {
            return false;
        }
        fail(one, new Trouble.Replaced("cancelled"));
        return true;
    }

    void failUnsent(Pending one, Throwable why) {
        if (!one.sent) {
            fail(one, why);
        }
    }

    void failAll(Trouble why) {
        List.copyOf(pending.values()).forEach(one -> fail(one, why));
    }

    /** All of them, over a new connection, each by its own id. */
    void resume(Connection connection) {
        for (Pending one : new ArrayList<>(pending.values())) {
            if (clock.getAsLong() - one.since < STALE_MS) {
                send(connection, one);
            } else {
                resumeOld(connection, one);
            }
        }
    }

    /** An old one is followed when the bridge knows it, and never begun anew. */
    private void resumeOld(Connection connection, Pending one) {
        connection
                .request("deploy/get", Protocol.params("id", one.id), REQUEST)
                .whenComplete(
                        (known, error) -> {
                            if (error == null) {
                                send(connection, one);
                            } else if (Trouble.unwrap(error) instanceof Trouble.Refused refused) {
                                fail(
                                        one,
                                        refused.is("unknown-deploy") ? tooLate(one) : refused);
                            } else if (connection.isOpen()) {
                                threads.later(AGAIN_MS, () -> resumeOld(connection, one));
                            }
                        });
    }

    private static Trouble tooLate(Pending one) {
        return new Trouble.TooLate(
                one.module
                        + " was not deployed: the bridge was away when it was saved. Save it again");
    }

    void send(Connection connection, Pending one) {
        one.sent = true;
        connection
                .request(one.method, one.params, null)
                .whenComplete(
                        (value, error) -> {
                            if (error == null) {
                                answered(one, value);
                            } else if (Trouble.unwrap(error) instanceof Trouble.Refused refused) {
                                refused(connection, one, refused);
                            }
                            // Else the connection went: resume() asks again by the same id.
                        });
    }

    private void answered(Pending one, JsonElement value) {
        try {
            Deploy deploy = Protocol.readDeploy(value);
            if (remove(one)) {
                one.done.complete(deploy);
            }
        } catch (Trouble.Garbled e) {
            fail(one, e);
        }
    }

    private void refused(Connection connection, Pending one, Trouble.Refused error) {
        if (!error.is("busy") && !error.is("stopping")) {
            fail(one, error);
            return;
        }
        threads.later(
                AGAIN_MS,
                () -> {
                    if (connection.isOpen() && pending.get(one.id) == one) {
                        send(connection, one);
                    }
                });
    }

    private void fail(Pending one, Throwable why) {
        if (remove(one)) {
            one.done.completeExceptionally(why);
        }
    }

    private boolean remove(Pending one) {
        boolean there = pending.remove(one.id, one);
        count = pending.size();
        return there;
    }
}
