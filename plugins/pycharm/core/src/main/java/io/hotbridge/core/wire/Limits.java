package io.hotbridge.core.wire;

/** What the bridge takes: bytes of a message and of a module, requests, deploys of a page. */
public record Limits(long message, long module, int requests, int list) {
    public static final Limits USUAL = new Limits(8L << 20, 1L << 20, 64, 500);
}
