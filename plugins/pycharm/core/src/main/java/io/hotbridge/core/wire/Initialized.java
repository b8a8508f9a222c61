package io.hotbridge.core.wire;

/** The bridge's answer to initialize; an absent proof is empty. */
public record Initialized(
        String version, int protocol, String proof, Limits limits, Targets targets) {}
