package io.hotbridge.core.wire;

import java.util.List;

/**
 * One attempt to make given bytes of a module live on a target, as the bridge tells it. Texts that
 * are absent are empty.
 *
 * @param id empty only for a version that was found on the target
 * @param state {@code recorded}, {@code queued}, {@code delivered}, {@code done}, or a newer word,
 *     which counts as under way
 * @param outcome with {@code done}: {@code deployed}, {@code failed}, {@code unconfirmed}, {@code
 *     conflict}, {@code rejected}, {@code unreachable}, {@code cancelled}, {@code superseded}, or a
 *     newer word, which is no success
 * @param late a server has spoken after the deploy was done
 * @param live every server of the target has confirmed this version by now
 * @param commit what history/source, history/diff and rollback take
 * @param found commit of the version that somebody else had put on the target
 * @param document the path of the file as it was sent
 */
public record Deploy(
        String id,
        String target,
        String module,
        String trigger,
        String state,
        String outcome,
        boolean late,
        boolean live,
        String message,
        String attempt,
        String commit,
        String blob,
        String found,
        String previous,
        List<ServerResult> servers,
        List<Diagnostic> diagnostics,
        List<Warning> warnings,
        Timings timings,
        String started,
        String finished,
        String document,
        String client) {
    public Deploy {
        servers = List.copyOf(servers);
        diagnostics = List.copyOf(diagnostics);
        warnings = List.copyOf(warnings);
    }

    public boolean isDone() {
        return state.equals("done");
    }

    /** The servers' own words say that this version is live: the only success there is. */
    public boolean isLive() {
        return isDone() && (outcome.equals("deployed") || live);
    }

    public int confirmed() {
        return (int) servers.stream().filter(ServerResult::isConfirmed).count();
    }

    /** When it ended, else when it began; RFC 3339. */
    public String time() {
        return finished.isEmpty() ? started : finished;
    }
}
