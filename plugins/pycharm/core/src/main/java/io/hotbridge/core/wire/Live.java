package io.hotbridge.core.wire;

/** The version of a module that one server confirmed last. */
public record Live(String module, String server, String commit, String blob, String time) {}
