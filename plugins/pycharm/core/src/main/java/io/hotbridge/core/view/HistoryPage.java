package io.hotbridge.core.view;

import java.util.List;

/**
 * The rows of a module that were read so far, newest first.
 *
 * @param all whether those are in it that never reached the servers
 * @param next opaque; empty when there is no more
 */
public record HistoryPage(
        String target, String module, boolean all, List<HistoryRow> rows, String next) {
    public HistoryPage {
        rows = List.copyOf(rows);
    }

    public boolean hasMore() {
        return !next.isEmpty();
    }
}
