package io.hotbridge.core.wire;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What one server did with a deploy.
 *
 * @param state {@code waiting}, {@code confirmed}, {@code failed}, {@code silent}, {@code stopped},
 *     {@code unreachable}, or a word of a newer bridge, which is shown as it is
 * @param seconds from delivery to the moment that its line was read
 * @param message the server's own words, or what is known about it; empty when there are none
 */
public record ServerResult(
        String name,
        String state,
        List<String> services,
        OptionalDouble seconds,
        boolean nudged,
        String message) {
    public ServerResult {
        services = List.copyOf(services);
    }

    public boolean isConfirmed() {
        return state.equals("confirmed");
    }
}
