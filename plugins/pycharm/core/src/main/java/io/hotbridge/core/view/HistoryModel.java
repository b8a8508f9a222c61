package io.hotbridge.core.view;

import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Source;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * The history for a tool window: targets, their modules, each module's deploys, newest first. Asks
 * the bridge; the futures fail with a {@link io.hotbridge.core.Trouble}.
 */
public final class HistoryModel {
    /** The names of the targets, as they are known. */
    public List<String> targets() {
        throw new UnsupportedOperationException();
    }

    public CompletableFuture<List<ModuleRow>> modules(String target) {
        throw new UnsupportedOperationException();
    }

    /**
     * The newest deploys of a module.
     *
     * @param all also those that never reached the servers
     */
    public CompletableFuture<HistoryPage> first(String target, String module, boolean all) {
        throw new UnsupportedOperationException();
    }

    /** The rows of the page and those after them. */
    public CompletableFuture<HistoryPage> more(HistoryPage page) {
        throw new UnsupportedOperationException();
    }

    /** The bytes of a version. */
    public CompletableFuture<Source> source(Deploy version) {
        throw new UnsupportedOperationException();
    }

    /** What somebody else had put on the target, of a deploy that ended as a conflict. */
    public CompletableFuture<Source> found(Deploy conflict) {
        throw new UnsupportedOperationException();
    }

    /** A title such as {@code crm.py (a1b2c3d on dev)}. */
    public String title(Deploy version) {
        throw new UnsupportedOperationException();
    }
}
