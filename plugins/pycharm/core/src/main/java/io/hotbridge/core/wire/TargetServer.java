package io.hotbridge.core.wire;

import java.util.List;

/**
 * A server of a target.
 *
 * @param running {@code yes}, {@code starting}, {@code no}, {@code unknown}, or a newer word
 * @param version as the server names it; empty when it is not known
 * @param problems sentences about this server
 */
public record TargetServer(
        String name, String path, String running, String version, List<String> problems) {
    public TargetServer {
        problems = List.copyOf(problems);
    }
}
