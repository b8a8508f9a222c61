package io.hotbridge.core.wire;

/**
 * A version of a module.
 *
 * @param replaced true where the bytes are not UTF-8 and the text only stands for them
 */
public record Source(String text, String commit, boolean replaced) {}
