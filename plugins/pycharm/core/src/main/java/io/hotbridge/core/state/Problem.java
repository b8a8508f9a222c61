package io.hotbridge.core.state;

import java.util.List;

/**
 * Something to be marked in a file.
 *
 * @param severity {@code error} or {@code warning}, or a newer word, which counts as an error
 * @param line from 1; 0: about the file as a whole
 * @param column from 1, in code points; 0: not known
 * @param servers those that said so; empty: found before it was delivered
 */
public record Problem(
        String target,
        String severity,
        String message,
        int line,
        int column,
        List<String> servers) {
    public Problem {
        servers = List.copyOf(servers);
    }

    public boolean isWarning() {
        return severity.equals("warning");
    }

    /** With the servers before it: {@code server1, server2: NameError: x}. */
    public String words() {
        return servers.isEmpty() ? message : String.join(", ", servers) + ": " + message;
    }
}
