package io.hotbridge.core.view;

/**
 * A module in the history of a target.
 *
 * @param detail what came of its last deploy, and when; may be empty
 */
public record ModuleRow(Mark mark, String target, String module, String detail) {}
