package io.hotbridge.core;

import io.hotbridge.core.state.Problem;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Banner;
import io.hotbridge.core.view.HistoryModel;
import io.hotbridge.core.view.ServerRow;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.core.wire.Deploy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * What one project shows, as plain values, and what can be done in it. The reading methods answer
 * at once, on any thread. The futures of what is done end when it is, and do not fail: what went
 * wrong has been shown by then.
 */
public final class ProjectSession implements AutoCloseable {
    ProjectSession() {}

    /**
     * The status bar's line.
     *
     * @param activeFile the file in the active editor; empty: none
     */
    public StatusLine statusLine(Optional<Path> activeFile) {
        throw new UnsupportedOperationException();
    }

    /** The popup's rows: the servers of the deploy that the line speaks of, else the target's. */
    public List<ServerRow> serverRows(Optional<Path> activeFile) {
        throw new UnsupportedOperationException();
    }

    public List<Problem> problems(String file) {
        throw new UnsupportedOperationException();
    }

    public Optional<Banner> banner(Path file) {
        throw new UnsupportedOperationException();
    }

    public HistoryModel history() {
        throw new UnsupportedOperationException();
    }

    /** The name of the target that the file goes to; empty: none is known. */
    public String targetOf(Path file) {
        throw new UnsupportedOperationException();
    }

    /** Those that can be cancelled, if it is not too late. */
    public List<Deploy> underWay() {
        throw new UnsupportedOperationException();
    }

    /** For the user to choose from; asks the bridge, which is started where it must be. */
    public CompletableFuture<List<TargetChoice>> targetChoices() {
        throw new UnsupportedOperationException();
    }

    /**
     * Deploys the saved file, marker or not.
     *
     * @param target empty: the project's
     */
    public CompletableFuture<Void> deploy(Path file, String target) {
        throw new UnsupportedOperationException();
    }

    /** Asks, then gives the servers an older version; the user's own file stays as it is. */
    public CompletableFuture<Void> restore(Deploy version) {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<Void> cancel(String id) {
        throw new UnsupportedOperationException();
    }

    /** Starts the bridge where none runs. */
    public CompletableFuture<Void> start() {
        throw new UnsupportedOperationException();
    }

    /** Does what needs no window; false: it is the IDE's to do. */
    public boolean perform(Action action) {
        throw new UnsupportedOperationException();
    }

    /** The user has chosen another target for the project, or other settings. */
    public void settingsChanged() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    /**
     * A target to choose.
     *
     * @param detail such as {@code 2 of 2 running · on save: marker · default}
     * @param problem what is wrong with it; empty: nothing
     */
    public record TargetChoice(String name, String detail, String problem, boolean isCurrent) {}
}
