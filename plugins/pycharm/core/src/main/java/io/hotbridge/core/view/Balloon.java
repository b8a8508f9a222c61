package io.hotbridge.core.view;

import java.util.List;

/**
 * A notification. One of a key takes the place of an earlier one of that key, which the IDE
 * expires; {@link io.hotbridge.core.ProjectHost#expire} takes one away with nothing in its place.
 *
 * @param title plain text; so is {@code text}
 */
public record Balloon(String key, Kind kind, String title, String text, List<Action> actions) {
    /** How grave it is. */
    public enum Kind {
        INFORMATION,
        WARNING,
        ERROR
    }

    public Balloon {
        actions = List.copyOf(actions);
    }
}
