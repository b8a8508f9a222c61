package io.hotbridge.core.wire;

/**
 * Something to be shown at a line of a file.
 *
 * @param path the path of the document as it was sent, else the module's name
 * @param line from 1; 0: about the file as a whole
 * @param column from 1, in Unicode code points; 0: not known
 * @param severity {@code error} or {@code warning}, or a newer word
 * @param server the one that said it; empty: found before delivery
 */
public record Diagnostic(
        String path, int line, int column, String severity, String message, String server) {}
