package io.hotbridge.core.view;

/**
 * What the status bar shows: one line, and the rest when the mouse rests on it.
 *
 * @param text empty: there is nothing to say here, and the widget hides
 * @param tooltip plain text of several lines
 */
public record StatusLine(
        Mark mark, String text, String tooltip, Severity severity, boolean busy, Click click) {
    /** A colour only for what failed and for what is not confirmed. */
    public enum Severity {
        NONE,
        WARNING,
        ERROR
    }

    /** What a click is for. */
    public enum Click {
        /** The popup with each server and what can be done. */
        POPUP,
        CHOOSE_TARGET,
        ADD_TARGET
    }

    public static final StatusLine HIDDEN =
            new StatusLine(Mark.IDLE, "", "", Severity.NONE, false, Click.POPUP);

    public boolean isVisible() {
        return !text.isEmpty();
    }
}
