package io.hotbridge.core.bridge;

/** How the client stands with the bridge. */
public enum ClientState {
    /** Nobody has asked for it, or there is none and none was to be started. */
    OFF,
    CONNECTING,
    READY,
    /** It was there, or is waited for, and is looked for again and again. */
    LOST
}
