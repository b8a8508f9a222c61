package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.Log;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Initialized;
import io.hotbridge.core.wire.Limits;
import io.hotbridge.core.wire.Live;
import io.hotbridge.core.wire.Message;
import io.hotbridge.core.wire.Page;
import io.hotbridge.core.wire.Protocol;
import io.hotbridge.core.wire.RollbackRequest;
import io.hotbridge.core.wire.Source;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

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
    private static final long PAUSE_FIRST_MS = 100;
    private static final long PAUSE_MAX_MS = 10_000;

    /** A connection that ends sooner counts as one that failed. */
    private static final long SHORT_MS = 1_000;

    /** After so many failures in a row, who waits is told. */
    private static final int PATIENCE = 4;

    /**
     * What it needs.
     *
     * @param find the bridge that runs; called where it may block
     * @param start starts one, and returns once it can be found; called where it may block
     * @param pause before trying again after so many failures, in milliseconds
     * @param clock milliseconds that only go forward
     */
    public record Options(
            String name,
            String version,
            Callable<Optional<BridgeInfo>> find,
            Callable<Void> start,
            Log log,
            Function<Integer, Long> pause,
            LongSupplier clock,
            Duration handshake) {
        public Options(
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
                    BridgeClient::pauseAfter,
                    () -> System.nanoTime() / 1_000_000,
                    Connection.HANDSHAKE);
        }
    }

    private final Options options;
    private final Threads threads;
    private final Deploys deploys;
    private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
    private final Set<CompletableFuture<Void>> waiters = new LinkedHashSet<>();

    private volatile ClientState state = ClientState.OFF;
    private volatile Initialized initialized;
    private volatile boolean closed;
    private HttpClient http;
    private Connection connection;
    private boolean running;
    private boolean mayStart;
    private int failures;
    private ScheduledFuture<?> sleeping;
    private String lastTrouble = "";

    public BridgeClient(Options options, Threads threads) {
        this.options = options;
        this.threads = threads;
        this.deploys = new Deploys(threads, options.clock());
    }

    public ClientState state() {
        return state;
    }

    /** As they were told last. */
    public Targets targets() {
        Initialized known = initialized;
        return known == null ? Targets.NONE : known.targets();
    }

    public Limits limits() {
        Initialized known = initialized;
        return known == null ? Limits.USUAL : known.limits();
    }

    /** Of the bridge that was connected last; empty: none was. */
    public String bridgeVersion() {
        Initialized known = initialized;
        return known == null ? "" : known.version();
    }

    /** How many were asked for here and have no answer. */
    public int deploysUnderWay() {
        return deploys.count();
    }

    /** Until the result is closed. */
    public Registration listen(ClientListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    /** See {@link #listen}. */
    public interface Registration extends AutoCloseable {
        @Override
        void close();
    }

    /** Looks for a bridge and stays with it; starts one only when told to. */
    public CompletableFuture<Void> connect(boolean start) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        onMain(done, () -> connect(start, done));
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
                .thenComposeAsync(
                        ready ->
                                connection == null
                                        ? CompletableFuture.<JsonElement>failedFuture(
                                                new Trouble.Lost("the bridge is not connected"))
                                        : connection.request(method, params, REQUEST),
                        threads.main())
                .thenApply(reader);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        // Run to the end, even while the main thread is busy or has been closed.
        CompletableFuture<Void> done = new CompletableFuture<>();
        threads.main()
                .execute(
                        () -> {
                            shut();
                            done.complete(null);
                        });
    }

    private void shut() {
        Trouble gone = shuttingDown();
        stopSleeping();
        if (connection != null) {
            connection.listen(notification -> {}, how -> {});
            connection.close();
            connection = null;
        }
        turnAway(gone);
        deploys.failAll(gone);
        listeners.clear();
        HttpClients.close(http);
        http = null;
    }

    private static Trouble shuttingDown() {
        return new Trouble.Lost("the plug-in is shutting down");
    }

    /** Does it on the main thread, unless there is none any more. */
    private void onMain(CompletableFuture<?> result, Runnable work) {
        if (closed) {
            result.completeExceptionally(shuttingDown());
            return;
        }
        threads.main()
                .execute(
                        () -> {
                            if (closed) {
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

    private void connect(boolean start, CompletableFuture<Void> done) {
        if (state == ClientState.READY) {
            done.complete(null);
            return;
        }
        mayStart |= start;
        waiters.add(done);
        lastTrouble = "";
        if (running) {
            wake();
        } else {
            running = true;
            step();
        }
    }

    private void enqueue(Deploys.Pending pending) {
        if (connection != null && state == ClientState.READY) {
            deploys.send(connection, pending);
            return;
        }
        CompletableFuture<Void> ready = new CompletableFuture<>();
        // What the bridge may have got is kept: it is asked for by its id.
        ready.exceptionally(
                error -> {
                    deploys.failUnsent(pending, Trouble.unwrap(error));
                    return null;
                });
        connect(true, ready);
    }

    /** Finds, connects, stays, and begins again, until it is closed. */
    private void step() {
        sleeping = null;
        if (closed) {
            return;
        }
        attempt()
                .whenCompleteAsync(
                        (opened, error) -> {
                            if (closed) {
                                opened(opened).ifPresent(Connection::close);
                            } else if (error != null) {
                                failed(Trouble.unwrap(error));
                            } else if (opened.isPresent()) {
                                stay(opened.get());
                            } else if (mayStart) {
                                step(); // wanted since we looked
                            } else {
                                // No bridge, and none is wanted: look again now and then.
                                turnAway(new Trouble.Lost("the bridge is not running"));
                                setState(ClientState.OFF);
                                sleep(PAUSE_MAX_MS);
                            }
                        },
                        threads.main())
                .exceptionally(
                        error -> {
                            if (!(Trouble.unwrap(error) instanceof Trouble)) {
                                options.log().defect("connecting failed", error);
                            }
                            return null;
                        });
    }

    private static Optional<Connection> opened(Optional<Connection.Opened> opened) {
        return opened == null ? Optional.empty() : opened.map(Connection.Opened::connection);
    }

    private CompletableFuture<Optional<Connection.Opened>> attempt() {
        return threads.off(options.find())
                .thenComposeAsync(
                        info -> info.isEmpty() ? beginIfWanted() : openFound(info.get()),
                        threads.main());
    }

    private CompletableFuture<Optional<Connection.Opened>> openFound(BridgeInfo info) {
        setState(
                deploys.count() > 0 || initialized != null
                        ? ClientState.LOST
                        : ClientState.CONNECTING);
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
        if (!mayStart || closed) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        setState(ClientState.CONNECTING);
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

    private void stay(Connection.Opened opened) {
        long since = options.clock().getAsLong();
        connection = opened.connection();
        initialized = opened.initialized();
        lastTrouble = "";
        setState(ClientState.READY);
        connection.listen(this::notice, how -> ended(how, since));
        if (connection == null) {
            return; // it has gone already
        }
        tell(listener -> listener.targetsChanged(targets()));
        deploys.resume(connection);
        List<CompletableFuture<Void>> ready = new ArrayList<>(waiters);
        waiters.clear();
        ready.forEach(waiter -> waiter.complete(null));
    }

    private void ended(Ended how, long since) {
        connection = null;
        setState(ClientState.LOST);
        options.log().info("the connection to the bridge ended: " + how.reason());
        // One that said goodbye was stopped on purpose, unless we wait for it.
        mayStart = !how.goodbye() || deploys.count() > 0;
        if (!how.goodbye() && options.clock().getAsLong() - since < SHORT_MS) {
            failed(
                    new Trouble.Connect(
                            Failure.GARBAGE, "the bridge ended at once: " + how.reason()));
            return;
        }
        failures = 0;
        sleep(options.pause().apply(0));
    }

    private void notice(Message.Notification notification) {
        try {
            if (notification.method().equals("deploy/changed")) {
                Deploy deploy = Protocol.readDeployChanged(notification.params());
                tell(listener -> listener.deployChanged(deploy));
            } else if (notification.method().equals("targets/changed")) {
                Targets targets = Protocol.readTargets(notification.params());
                Initialized was = initialized;
                initialized =
                        new Initialized(
                                was.version(), was.protocol(), was.proof(), was.limits(), targets);
                tell(listener -> listener.targetsChanged(targets));
            }
        } catch (Trouble.Garbled e) {
            options.log()
                    .warn("passed over a " + notification.method() + ": " + e.getMessage());
        }
    }

    private void failed(Throwable error) {
        failures++;
        Trouble trouble =
                error instanceof Trouble known
                        ? known
                        : new Trouble.Connect(Failure.CLOSED, String.valueOf(error.getMessage()));
        judge(trouble);
        sleep(options.pause().apply(failures));
    }

    /** Who waits is told at once what no trying again can mend. */
    private void judge(Trouble trouble) {
        options.log().info("no connection to the bridge: " + trouble.getMessage());
        Failure failure = trouble instanceof Trouble.Connect connect ? connect.failure() : null;
        if (failure == Failure.UNAUTHORIZED && failures < PATIENCE) {
            return; // bridge.json is read again
        }
        boolean unfit =
                trouble instanceof Trouble.Missing
                        || trouble instanceof Trouble.Insecure
                        || trouble instanceof Trouble.Command;
        if (unfit) {
            mayStart = false;
        }
        boolean hopeless = unfit || failure == Failure.PROTOCOL || failure == Failure.IMPOSTOR;
        if (!hopeless && failures < PATIENCE) {
            return;
        }
        setState(ClientState.OFF);
        turnAway(trouble);
        if (!lastTrouble.equals(trouble.getMessage())) {
            lastTrouble = trouble.getMessage();
            tell(listener -> listener.troubled(trouble));
        }
    }

    private void turnAway(Trouble why) {
        List<CompletableFuture<Void>> away = new ArrayList<>(waiters);
        waiters.clear();
        away.forEach(waiter -> waiter.completeExceptionally(why));
    }

    private void setState(ClientState next) {
        if (next != state) {
            state = next;
            tell(listener -> listener.stateChanged(next));
        }
    }

    private void tell(Consumer<ClientListener> what) {
        for (ClientListener listener : listeners) {
            try {
                what.accept(listener);
            } catch (RuntimeException e) {
                options.log().defect("a listener failed", e);
            }
        }
    }

    private static long pauseAfter(int failures) {
        long full = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS << Math.min(failures, 10));
        return full / 2 + ThreadLocalRandom.current().nextLong(full / 2 + 1);
    }

    private void sleep(long milliseconds) {
        stopSleeping();
        sleeping = threads.later(milliseconds, this::step);
    }

    /** Ends the pause, because somebody asks for the bridge. */
    private void wake() {
        if (stopSleeping()) {
            step();
        }
    }

    private boolean stopSleeping() {
        boolean slept = sleeping != null && sleeping.cancel(false);
        sleeping = null;
        return slept;
    }
}
