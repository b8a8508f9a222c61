package io.hotbridge.core.view;

/**
 * A server in the popup of the status bar: what it did with the deploy that the line speaks of, or,
 * at rest, how it is.
 *
 * @param state the bridge's word
 * @param time such as {@code 0.5 s}; may be empty
 * @param detail services, or the server's own words; may be empty
 */
public record ServerRow(Mark mark, String name, String state, String time, String detail) {}
