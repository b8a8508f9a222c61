package io.hotbridge.core;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The program's own commands, run without a shell and off the caller's thread. */
public final class Commands {
    Commands() {}

    /** What {@code hotbridge doctor} says, whatever it found. */
    public CompletableFuture<List<String>> doctor() {
        throw new UnsupportedOperationException();
    }

    /** Opens the page in the browser. */
    public CompletableFuture<Void> openPage() {
        throw new UnsupportedOperationException();
    }

    /** Whether this bridge has a page to open; false where there is no program. */
    public CompletableFuture<Boolean> hasPage() {
        throw new UnsupportedOperationException();
    }

    /** Adds a server's folder, or a folder of servers, and connects. */
    public CompletableFuture<Void> addTarget(String name, Path folder) {
        throw new UnsupportedOperationException();
    }

    /** Why this cannot be the name of a new target; empty: it can. */
    public String checkTargetName(String name) {
        throw new UnsupportedOperationException();
    }
}
