package io.hotbridge.core.bridge;

import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Initialized;
import io.hotbridge.core.wire.Message;
import io.hotbridge.core.wire.Protocol;
import io.hotbridge.core.wire.Targets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;

/**
 * The connection to the bridge, kept: made when somebody waits for it, made again with growing
 * pauses when it goes. Tells the listeners what becomes of it and what the bridge says unasked. On
 * the main thread, save for what is said to be for any.
 */
final class Link {
    /** A connection that ends sooner counts as one that failed. */
    private static final long SHORT_MS = 1_000;

    /** After so many failures in a row, who waits is told. */
    private static final int PATIENCE = 4;

    private final ClientOptions options;
    private final Threads threads;
    private final Deploys deploys;
    private final Opener opener;
    private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
    private final Set<CompletableFuture<Void>> waiters = new LinkedHashSet<>();

    private volatile ClientState state = ClientState.OFF;
    private volatile Initialized initialized;
    private volatile boolean closed;
    private Connection connection;
    private boolean running;
    private boolean mayStart;
    private int failures;
    private ScheduledFuture<?> sleeping;
    private String lastTrouble = "";

    Link(ClientOptions options, Threads threads, Deploys deploys) {
        this.options = options;
        this.threads = threads;
        this.deploys = deploys;
        this.opener =
                new Opener(
                        options,
                        threads,
                        () -> mayStart && !closed,
                        () -> setState(knowsOne() ? ClientState.LOST : ClientState.CONNECTING),
                        () -> setState(ClientState.CONNECTING));
    }

    private boolean knowsOne() {
        return deploys.count() > 0 || initialized != null;
    }

    /** From any thread. */
    ClientState state() {
        return state;
    }

    /** What the bridge said first; null: none was connected. From any thread. */
    Initialized initialized() {
        return initialized;
    }

    /** From any thread. */
    List<ClientListener> listeners() {
        return listeners;
    }

    /** Null where there is none. */
    Connection connection() {
        return connection;
    }

    /** From any thread. */
    boolean isClosed() {
        return closed;
    }

    /** Nothing is begun any more; {@link #shut} ends the rest. From any thread. */
    void close() {
        closed = true;
    }

    void shut(Trouble gone) {
        stopSleeping();
        if (connection != null) {
            connection.listen(notification -> {}, how -> {});
            connection.close();
            connection = null;
        }
        turnAway(gone);
        deploys.failAll(gone);
        listeners.clear();
        opener.close();
    }

    /** Resolves once there is a connection; starts a bridge only when told to. */
    void connect(boolean start, CompletableFuture<Void> done) {
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

    /** Finds, connects, stays, and begins again, until it is closed. */
    private void step() {
        sleeping = null;
        if (closed) {
            return;
        }
        opener.open()
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
                                sleep(ClientOptions.PAUSE_MAX_MS);
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
        tell(listener -> listener.targetsChanged(initialized.targets()));
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
