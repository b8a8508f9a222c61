package io.hotbridge.core.wire;

import java.util.List;
import java.util.stream.Stream;

/**
 * A named Zato environment: servers that share their services.
 *
 * @param onSave {@code marker}, {@code always}, {@code never}, or a newer word
 * @param guard {@code none}, {@code confirm}, {@code manual}, or a newer word
 * @param problems sentences about the target as a whole
 */
public record Target(
        String name,
        boolean isDefault,
        String onSave,
        String guard,
        List<TargetServer> servers,
        List<String> problems) {
    public Target {
        servers = List.copyOf(servers);
        problems = List.copyOf(problems);
    }

    /** Of the target and of its servers. */
    public List<String> allProblems() {
        return Stream.concat(
                        problems.stream(), servers.stream().flatMap(s -> s.problems().stream()))
                .toList();
    }
}
