package io.hotbridge.core.wire;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All targets of the bridge.
 *
 * @param defaultTarget where a deploy goes that names none; empty: there is none
 */
public record Targets(List<Target> all, String defaultTarget) {
    public static final Targets NONE = new Targets(List.of(), "");

    public Targets {
        all = List.copyOf(all);
    }

    public Optional<Target> find(String name) {
        return all.stream().filter(target -> target.name().equals(name)).findFirst();
    }

    public Set<String> names() {
        return all.stream().map(Target::name).collect(Collectors.toSet());
    }
}
