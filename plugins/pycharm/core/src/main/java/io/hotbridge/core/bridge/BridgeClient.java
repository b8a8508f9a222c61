package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Initialized;
import io.hotbridge.core.wire.Limits;
import io.hotbridge.core.wire.Live;
import io.hotbridge.core.wire.Page;
import io.hotbridge.core.wire.Protocol;
import io.hotbridge.core.wire.RollbackRequest;
import io.hotbridge.core.wire.Source;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * The bridge, as the rest of the plug-in sees it: asked when there is something to ask, found or
 * started when it is needed, connected again with growing pauses when it goes. A deploy that had no
 * answer is asked for again under its own id, so that nothing is deployed twice and nothing is
 * lost.
 *
 * <p>Calls from any thread return at once. Futures end on the core's main thread, with a {@link
 * Trouble} where it went wrong.
 */
public final class BridgeClient implements AutoCloseable {
    private static final Duration REQUEST = Duration.ofSeconds(30);

    private final Threads threads;
    private final Deploys deploys;
    private final Link link;

    public BridgeClient(ClientOptions options, Threads threads) {
        this.threads = threads;
        this.deploys = new Deploys(threads, options.clock());
        this.link = new Link(options, threads, deploys);
    }

    public ClientState state() {
        return link.state();
    }

    /** As they were told last. */
    public Targets targets() {
        Initialized known = link.initialized();
        return known == null ? Targets.NONE : known.targets();
    }

    public Limits limits() {
        Initialized known = link.initialized();
        return known == null ? Limits.USUAL : known.limits();
    }

    /** How many were asked for here and have no answer. */
    public int deploysUnderWay() {
        return deploys.count();
    }

    /** Until the result is closed. */
    public Registration listen(ClientListener listener) {
        link.listeners().add(listener);
        return () -> link.listeners().remove(listener);
    }

    /** See {@link #listen}. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Looks for a bridge and stays with it; starts one only when told to. */
    public CompletableFuture<Void> connect(boolean start) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        onMain(done, () -> link.connect(start, done));
        return done;
    }

    /** Resolves once it is done, across lost connections. */
    public CompletableFuture<Deploy> deploy(DeployRequest request) {
        CompletableFuture<Deploy> done = new CompletableFuture<>();
        onMain(
                done,
                () -> {
                    if (request.isSave()) {
                        deploys.replaceWaiting(request);
                    }
                    enqueue(deploys.add(request, done));
                });
        return done;
    }

    public CompletableFuture<Deploy> rollback(RollbackRequest request) {
        CompletableFuture<Deploy> done = new CompletableFuture<>();
        onMain(done, () -> enqueue(deploys.add(request, done)));
        return done;
    }

    /** Gives up a deploy; of one that was never sent the result is empty. */
    public CompletableFuture<Optional<Deploy>> cancel(String id) {
        CompletableFuture<Optional<Deploy>> done = new CompletableFuture<>();
        onMain(
                done,
                () -> {
                    if (deploys.cancelUnsent(id)) {
                        done.complete(Optional.empty());
                        return;
                    }
                    hand(
                            request("deploy/cancel", Protocol.params("id", id), false,
                                    value -> Optional.of(Protocol.readDeploy(value))),
                            done);
                });
        return done;
    }

    public CompletableFuture<Deploy> get(String id) {
        return request(
                "deploy/get", Protocol.params("id", id), false, Protocol::readDeploy);
    }

    /** Freshly looked at. */
    public CompletableFuture<Targets> listTargets() {
        return request("targets/list", null, true, Protocol::readTargets);
    }

    public CompletableFuture<Target> testTarget(String target) {
        return request(
                "targets/test", Protocol.params("target", target), true, Protocol::readTarget);
    }

    /**
     * The history of a target, newest first.
     *
     * @param module empty: of all modules
     * @param before {@code next} of the page before; empty: the first one
     * @param all also what was never delivered
     */
    public CompletableFuture<Page> history(
            String target, String module, int limit, String before, boolean all) {
        JsonObject params =
                Protocol.params(
                        "target", target,
                        "module", module,
                        "limit", Math.min(limit, limits().list()),
                        "before", before,
                        "all", all ? Boolean.TRUE : null);
        return request("history/list", params, true, Protocol::readPage);
    }

    public CompletableFuture<Source> source(String target, String module, String commit) {
        return request(
                "history/source",
                Protocol.params("target", target, "module", module, "commit", commit),
                true,
                Protocol::readSource);
    }

    /** A unified one; see docs/protocol.md for what empty commits compare. */
    public CompletableFuture<String> diff(String target, String module, String from, String to) {
        return request(
                "history/diff",
                Protocol.params("target", target, "module", module, "from", from, "to", to),
                true,
                Protocol::readPatch);
    }

    /** What each server confirmed last; empty module: all. */
    public CompletableFuture<List<Live>> live(String target, String module) {
        return request(
                "history/live",
                Protocol.params("target", target, "module", module),
                true,
                Protocol::readLive);
    }

    /** Asks one thing, connecting first where it must. */
    <T> CompletableFuture<T> request(
            String method, JsonObject params, boolean start, Function<JsonElement, T> reader) {
        return connect(start)
                .thenComposeAsync(ready -> ask(method, params), threads.main())
                .thenApply(reader);
    }

    private CompletableFuture<JsonElement> ask(String method, JsonObject params) {
        Connection connection = link.connection();
        return connection == null
                ? CompletableFuture.failedFuture(new Trouble.Lost("the bridge is not connected"))
                : connection.request(method, params, REQUEST);
    }

    @Override
    public void close() {
        if (!link.isClosed()) {
            link.close();
            // Run to the end, even while the main thread is busy or has been closed.
            threads.main().execute(() -> link.shut(shuttingDown()));
        }
    }

    private static Trouble shuttingDown() {
        return new Trouble.Lost("the plug-in is shutting down");
    }

    /** Does it on the main thread, unless there is none any more. */
    private void onMain(CompletableFuture<?> result, Runnable work) {
        if (link.isClosed()) {
            result.completeExceptionally(shuttingDown());
            return;
        }
        threads.main()
                .execute(
                        () -> {
                            if (link.isClosed()) {
                                result.completeExceptionally(shuttingDown());
                            } else {
                                work.run();
                            }
                        });
    }

    private static <T> void hand(CompletableFuture<T> from, CompletableFuture<T> to) {
        from.whenComplete(
                (value, error) -> {
                    if (error == null) {
                        to.complete(value);
                    } else {
                        to.completeExceptionally(Trouble.unwrap(error));
                    }
                });
    }

    private void enqueue(Deploys.Pending pending) {
        if (link.connection() != null && link.state() == ClientState.READY) {
            deploys.send(link.connection(), pending);
            return;
        }
        CompletableFuture<Void> ready = new CompletableFuture<>();
        // What the bridge may have got is kept: it is asked for by its id.
        ready.exceptionally(
                error -> {
                    deploys.failUnsent(pending, Trouble.unwrap(error));
                    return null;
                });
        link.connect(true, ready);
    }
}
