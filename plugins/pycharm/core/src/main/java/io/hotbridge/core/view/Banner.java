package io.hotbridge.core.view;

import java.util.List;

/** A strip over the editor of one file. */
public record Banner(Kind kind, String text, List<Action> actions) {
    /** Why it is there. */
    public enum Kind {
        CONFLICT,
        /** There is no program, no target, or the file's target is gone. */
        SETUP
    }

    public Banner {
        actions = List.copyOf(actions);
    }
}
