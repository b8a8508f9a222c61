package io.hotbridge.core.view;

/** What an icon says; the IDE has one for each. */
public enum Mark {
    IDLE,
    AWAY,
    BUSY,
    OK,
    WARNING,
    ERROR,
    /** Cancelled, superseded, stopped. */
    STOPPED,
    /** A version that somebody else had put there. */
    FOUND,
    UNKNOWN
}
