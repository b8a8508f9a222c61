package io.hotbridge.core.wire;

/** Something worth knowing that stopped nothing. The message is for people. */
public record Warning(String code, String message) {}
