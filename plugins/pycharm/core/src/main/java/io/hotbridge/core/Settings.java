package io.hotbridge.core;

/**
 * What the user has set for the whole IDE. A plain value, given afresh at each use; it holds no
 * secret.
 *
 * @param binaryPath the program hotbridge; empty: it is looked for
 * @param tells what is told in a balloon
 * @param startBridge whether the bridge may be started where none runs
 */
public record Settings(String binaryPath, boolean startBridge, Notify tells) {
    /** What is told in a balloon. A question is always asked. */
    public enum Notify {
        ALL,
        FAILURES,
        NONE
    }

    public static final Settings USUAL = new Settings("", true, Notify.ALL);

    public Settings {
        binaryPath = binaryPath == null ? "" : binaryPath.strip();
        tells = tells == null ? Notify.ALL : tells;
    }
}
