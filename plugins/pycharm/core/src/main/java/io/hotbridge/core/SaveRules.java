package io.hotbridge.core;

import io.hotbridge.core.wire.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Whether a save means to be deployed. The bridge decides that; this is only for whether the user
 * is to be told why nothing came of it. So it errs with the bridge: the marker is found exactly
 * where the bridge finds it.
 */
public final class SaveRules {
    /** The line that the user writes. */
    public static final String MARKER = "# zato: ide-deploy=True";

    private static final int LINES = 100;
    private static final String[] PARTS = {"zato", ":", "ide-deploy", "="};
    private static final String TRUE = "true";

    private SaveRules() {}

    /** By its name: whatever else is saved is not looked at. */
    public static boolean isModule(Path file) {
        Path name = file.getFileName();
        return name != null && name.toString().endsWith(".py");
    }

    /** The marker, as a comment in the first 100 lines. */
    public static boolean hasMarker(CharSequence text) {
        int line = 1;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '#' && isMarker(text, at + 1)) {
                return true;
            }
            boolean pair = c == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
            if ((c == '\n' || c == '\r') && !pair && ++line > LINES) {
                return false;
            }
        }
        return false;
    }

    /** The same of bytes in any coding that has ASCII in it. */
    static boolean hasMarker(byte[] bytes) {
        return hasMarker(new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private static boolean isMarker(CharSequence text, int from) {
        int at = skipBlanks(text, from);
        for (String part : PARTS) {
            if (!startsWith(text, at, part)) {
                return false;
            }
            at = skipBlanks(text, at + part.length());
        }
        int end = at + TRUE.length();
        return end <= text.length()
                && text.subSequence(at, end).toString().equalsIgnoreCase(TRUE)
                && (end == text.length() || !isWord(text.charAt(end)));
    }

    private static boolean startsWith(CharSequence text, int at, String part) {
        return at + part.length() <= text.length()
                && text.subSequence(at, at + part.length()).toString().equals(part);
    }

    private static int skipBlanks(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }

    private static boolean isWord(char c) {
        return c == '_'
                || c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c >= 'a' && c <= 'z'
                || c >= 0x80;
    }

    /**
     * Whether silence about this save would mislead: the target takes saves, and the file is one
     * that it takes.
     */
    static boolean isWanted(Optional<Target> target, boolean marker) {
        if (target.isPresent()) {
            if (target.get().onSave().equals("never") || target.get().guard().equals("manual")) {
                return false;
            }
            if (target.get().onSave().equals("always")) {
                return true;
            }
        }
        return marker;
    }
}
