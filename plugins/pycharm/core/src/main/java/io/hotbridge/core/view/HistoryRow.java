package io.hotbridge.core.view;

import io.hotbridge.core.wire.Deploy;

/**
 * A deploy in the history of a module.
 *
 * @param time such as {@code 14:03} or {@code 22 Nov 14:03}
 * @param outcome the bridge's word, with what came later
 * @param tally such as {@code 2/2}; may be empty
 * @param commit shortened; empty: there is no version to show or to restore
 * @param tooltip plain text of several lines
 */
public record HistoryRow(
        Mark mark,
        String time,
        String outcome,
        String tally,
        String commit,
        String trigger,
        String tooltip,
        Deploy deploy) {
    /** Whether its bytes can be shown, compared and restored. */
    public boolean hasVersion() {
        return !deploy.commit().isEmpty();
    }
}
