package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
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
    public Hotbridge(
            String clientName,
            String clientVersion,
            Supplier<Settings> settings,
            Map<String, String> environment,
            Log log) {
        throw new UnsupportedOperationException();
    }

    /** A project is open. The first one connects, where the user has set hotbridge up. */
    public ProjectSession open(ProjectHost host) {
        throw new UnsupportedOperationException();
    }

    /**
     * The IDE has saved a file: on Ctrl+S, Save All or by itself; not a change that came from
     * outside. Whatever is no Python module is passed over. The future is done when the deploy is,
     * or when there is none; it does not fail.
     */
    public CompletableFuture<Void> saved(Path file) {
        throw new UnsupportedOperationException();
    }

    /**
     * While it is open, saves of the file deploy nothing: for the save that a command does before
     * it deploys. To be closed on the thread that saves, right after.
     */
    public Quiet quietly(Path file) {
        throw new UnsupportedOperationException();
    }

    public BridgeClient client() {
        throw new UnsupportedOperationException();
    }

    /** Runs commands of the program: doctor, open, target add. */
    public Commands commands() {
        throw new UnsupportedOperationException();
    }

    /** Ends all threads; what waits fails with {@link Trouble.Lost}. May be called twice. */
    @Override
    public void close() {}

    /** See {@link #quietly}. */
    public interface Quiet extends AutoCloseable {
        @Override
        void close();
    }
}
