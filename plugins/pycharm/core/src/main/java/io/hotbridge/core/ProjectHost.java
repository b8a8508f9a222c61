package io.hotbridge.core;

import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import io.hotbridge.core.wire.Vcs;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * What a project of the IDE is to the core. All is called on the core's own thread and must return
 * at once: what changes a window goes on to the thread of the user interface by itself.
 */
public interface ProjectHost {
    /**
     * How deep the file lies in the project: the number of names in the path of the content root
     * that holds it; -1: it is not of this project. Needs no lock of the IDE's, or takes a short
     * one.
     */
    int holds(Path file);

    /** The project's own target; empty: the bridge's default one. */
    String target();

    /** Whether this project's window had the keyboard last. */
    boolean isActive();

    /** Whether an editor of this project shows the file, so that its banner can be seen. */
    boolean isShown(Path file);

    /** What the file's own repository says, as far as the IDE knows. */
    default Vcs vcs(Path file) {
        return Vcs.NONE;
    }

    /** {@link ProjectSession#statusLine} or its rows may have changed. */
    void statusChanged();

    /** {@link ProjectSession#problems} of these files have changed. */
    void problemsChanged(Set<String> files);

    /** {@link ProjectSession#banner} of any file may have changed. */
    void bannersChanged();

    /** The history of this target has changed; empty names: any. */
    void historyChanged(String target, String module);

    void show(Balloon balloon);

    void expire(String key);

    /** Asks in a window of its own; only for what the user has just begun. */
    CompletableFuture<Boolean> ask(Question question);
}
