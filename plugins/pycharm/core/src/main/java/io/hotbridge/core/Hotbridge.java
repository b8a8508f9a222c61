package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.bridge.BridgeFinder;
import io.hotbridge.core.bridge.ClientListener;
import io.hotbridge.core.bridge.ClientOptions;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.bridge.Places;
import io.hotbridge.core.bridge.Program;
import io.hotbridge.core.bridge.Threads;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * The one object of an IDE: holds the connection and the open projects, takes the saves, and hands
 * what the bridge tells to the projects that it is about. Calls from any thread return at once; the
 * work is done on threads named {@code hotbridge…}, which end with {@link #close}.
 *
 * <pre>
 *   Hotbridge bridge = new Hotbridge("pycharm-hotbridge", version, settings, System.getenv(), log);
 *   ProjectSession session = bridge.open(host);       // one for each project
 *   bridge.saved(path);                               // each file that the user saved
 *   session.close();
 *   bridge.close();
 * </pre>
 */
public final class Hotbridge implements AutoCloseable {
    /** A bridge that comes back sooner was never shown to be away. */
    private static final long AWAY_MS = 1_500;

    private static final long CLOSE_MS = 100;

    private final Supplier<Settings> settings;
    private final Log log;
    private final Threads threads;
    private final Program program;
    private final BridgeClient client;
    private final Commands commands;
    private final Path configuration;
    private final List<ProjectSession> sessions = new CopyOnWriteArrayList<>();

    /** Files that a command saves, by how many do: they are deployed by that command. */
    private final Map<Path, Integer> quiet = new ConcurrentHashMap<>();

    /** One file's reads in order, so that no older bytes go out last. */
    private final Map<Path, CompletableFuture<Void>> lanes = new HashMap<>();

    /** What {@link #saved} has promised. */
    private final Set<CompletableFuture<Void>> unfinished = ConcurrentHashMap.newKeySet();

    private volatile boolean closed;
    private volatile String missing = "";
    private volatile boolean away;
    private boolean begun;
    private ScheduledFuture<?> awayTimer;

    public Hotbridge(
            String clientName,
            String clientVersion,
            Supplier<Settings> settings,
            Map<String, String> environment,
            Log log) {
        this.settings = settings;
        this.log = log;
        threads = new Threads(log);
        program = new Program(environment, threads);
        configuration = Places.config(environment);
        BridgeFinder finder = new BridgeFinder(environment);
        client =
                new BridgeClient(
                        new ClientOptions(
                                clientName, clientVersion, finder::find, this::start, log),
                        threads);
        commands = new Commands(program, settings, threads, client);
        client.listen(new Listener());
    }

    private Void start() {
        if (!settings.get().startBridge()) {
            throw new Trouble.Command(Text.get("balloon.startOff"), -1);
        }
        program.start(settings.get().binaryPath());
        return null;
    }

    /** A project is open. The first one connects, where the user has set hotbridge up. */
    public ProjectSession open(ProjectHost host) {
        ProjectSession session = new ProjectSession(this, new GuardedHost(host, log));
        sessions.add(session);
        threads.main()
                .execute(
                        () -> {
                            if (!begun) {
                                begun = true;
                                lookForProgram();
                                begin();
                            }
                        });
        return session;
    }

    private void begin() {
        threads.off(this::isConfigured)
                .thenCompose(client::connect)
                .exceptionally(
                        error -> {
                            log.info(String.valueOf(Trouble.unwrap(error).getMessage()));
                            return null;
                        });
    }

    /** Whether the user has set hotbridge up: then it may be started unasked. */
    private boolean isConfigured() {
        try {
            return Files.size(configuration) > 0;
        } catch (IOException e) {
            return false;
        }
    }

    void lookForProgram() {
        threads.off(
                        () -> {
                            try {
                                program.find(settings.get().binaryPath());
                                return "";
                            } catch (Trouble.Missing e) {
                                return e.getMessage();
                            }
                        })
                .thenAcceptAsync(
                        why -> {
                            missing = why;
                            sessions.forEach(ProjectSession::refresh);
                        },
                        threads.main());
    }

    void forget(ProjectSession session) {
        sessions.remove(session);
    }

    /**
     * The IDE has saved a file: on Ctrl+S, Save All or by itself; not a change that came from
     * outside. Whatever is no Python module is passed over. The future is done when the deploy is,
     * or when there is none; it does not fail.
     */
    public CompletableFuture<Void> saved(Path file) {
        Path path = file.toAbsolutePath().normalize();
        if (!SaveRules.isModule(path) || quiet.containsKey(path)) {
            return CompletableFuture.completedFuture(null);
        }
        return inOrder(path, content -> sendSaved(path, content));
    }

    /**
     * While it is open, saves of the file deploy nothing: for the save that a command does before
     * it deploys. To be closed on the thread that saves, right after.
     */
    public Quiet quietly(Path file) {
        Path path = file.toAbsolutePath().normalize();
        quiet.merge(path, 1, Integer::sum);
        return () -> quiet.computeIfPresent(path, (key, count) -> count == 1 ? null : count - 1);
    }

    /** See {@link #quietly}. */
    public interface Quiet extends AutoCloseable {
        @Override
        void close();
    }

    public BridgeClient client() {
        return client;
    }

    /** Runs commands of the program: doctor, open, target add. */
    public Commands commands() {
        return commands;
    }

    /** Ends all threads; what waits fails with {@link Trouble.Lost}. May be called twice. */
    @Override
    public void close() {
        closed = true;
        each(ProjectSession::close);
        client.close();
        threads.later(
                CLOSE_MS, // who waits is told first
                () -> {
                    threads.close();
                    unfinished.forEach(save -> save.complete(null));
                });
    }

    /** What was read of a file that is to be sent. */
    record Content(ModuleFile file, Trouble.Unsendable trouble, boolean marker, boolean configured) {
        String source(long messageMax) {
            if (trouble != null) {
                throw trouble;
            }
            return file.source(messageMax);
        }
    }

    /** What is sent when the file has been read; the future of the deploy. */
    interface Sender {
        CompletableFuture<Void> send(Content content);
    }

    /**
     * Reads the file when those before it have been read, and sends it. The next one does not wait
     * for what comes of it.
     */
    CompletableFuture<Void> inOrder(Path path, Sender sender) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (closed) {
            done.complete(null);
            return done;
        }
        unfinished.add(done);
        done.whenComplete((nothing, error) -> unfinished.remove(done));
        threads.main()
                .execute(
                        () -> {
                            CompletableFuture<Void> before =
                                    lanes.getOrDefault(
                                            path, CompletableFuture.completedFuture(null));
                            CompletableFuture<Void> lane =
                                    before.thenCompose(ready -> threads.off(() -> read(path)))
                                            .thenAcceptAsync(
                                                    content -> follow(sender.send(content), done),
                                                    threads.main())
                                            .exceptionally(
                                                    error -> {
                                                        defect(error);
                                                        done.complete(null);
                                                        return null;
                                                    });
                            lanes.put(path, lane);
                            lane.thenRunAsync(() -> lanes.remove(path, lane), threads.main());
                        });
        return done;
    }

    private void follow(CompletableFuture<Void> work, CompletableFuture<Void> done) {
        work.whenComplete(
                (nothing, error) -> {
                    if (error != null) {
                        defect(error);
                    }
                    done.complete(null);
                });
    }

    private void defect(Throwable error) {
        log.defect("a deploy could not be followed", Trouble.unwrap(error));
    }

    private Content read(Path path) throws InterruptedException {
        boolean configured = isConfigured();
        try {
            ModuleFile file = ModuleFile.read(path, client.limits().message());
            return new Content(file, null, SaveRules.hasMarker(file.bytes()), configured);
        } catch (Trouble.Unsendable e) {
            return new Content(null, e, ModuleFile.headHasMarker(path), configured);
        }
    }

    private CompletableFuture<Void> sendSaved(Path path, Content content) {
        Optional<ProjectSession> session = sessionOf(path);
        Optional<Target> target =
                session.flatMap(one -> client.targets().find(one.targetOf(path)));
        boolean wanted = SaveRules.isWanted(target, content.marker());
        if (client.state() != ClientState.READY && !wanted && !content.configured()) {
            return CompletableFuture.completedFuture(null);
        }
        if (session.isEmpty()) {
            if (wanted) {
                active().ifPresent(one -> one.showOutside(path));
            }
            return CompletableFuture.completedFuture(null);
        }
        return session.get().sendSaved(path, content, wanted);
    }

    /**
     * One save is one deploy, however many projects hold the file: that of the innermost one, of
     * equal ones that which had the keyboard, else the one that was opened first.
     */
    private Optional<ProjectSession> sessionOf(Path path) {
        return sessions.stream()
                .filter(session -> session.host().holds(path) >= 0)
                .max(
                        Comparator.comparingInt(
                                        (ProjectSession session) -> session.host().holds(path))
                                .thenComparing(session -> session.host().isActive())
                                .thenComparing(session -> -sessions.indexOf(session)));
    }

    private Optional<ProjectSession> active() {
        return sessions.stream()
                .filter(session -> session.host().isActive())
                .findFirst()
                .or(() -> sessions.stream().findFirst());
    }

    Settings settings() {
        return settings.get();
    }

    Log log() {
        return log;
    }

    Threads threads() {
        return threads;
    }

    String missing() {
        return missing;
    }

    boolean away() {
        return away;
    }

    private void each(Consumer<ProjectSession> work) {
        sessions.forEach(work);
    }

    private final class Listener implements ClientListener {
        @Override
        public void stateChanged(ClientState state) {
            if (awayTimer != null) {
                awayTimer.cancel(false);
            }
            if (state == ClientState.READY) {
                away = false;
                missing = "";
                each(ProjectSession::connected);
            } else if (!away) {
                awayTimer =
                        threads.later(
                                AWAY_MS,
                                () -> {
                                    away = true;
                                    each(ProjectSession::refresh);
                                });
            }
            each(ProjectSession::refresh);
        }

        @Override
        public void deployChanged(Deploy deploy) {
            each(session -> session.take(deploy));
        }

        @Override
        public void targetsChanged(Targets targets) {
            each(session -> session.targetsChanged(targets));
        }

        /** Whoever asked for something is told by the session; this is for nobody. */
        @Override
        public void troubled(Trouble trouble) {
            log.warn(trouble.getMessage());
            if (trouble instanceof Trouble.Missing) {
                missing = trouble.getMessage();
            }
            if (client.deploysUnderWay() > 0 || !(trouble instanceof Trouble.Missing)) {
                active().ifPresent(session -> session.showTrouble(trouble, false));
            }
            each(ProjectSession::refresh);
        }
    }
}
