package io.hotbridge.core.bridge;

/**
 * How a connection ended.
 *
 * @param goodbye true where the bridge said so: it was stopped, or replaced
 */
record Ended(boolean goodbye, String reason) {}
