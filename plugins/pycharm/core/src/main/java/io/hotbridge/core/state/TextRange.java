package io.hotbridge.core.state;

/** Offsets into a text, in UTF-16 units; the end is behind the last one. */
public record TextRange(int start, int end) {
    /**
     * Where a problem is marked: from its column to the end of what the line holds; without a
     * column, all that the line holds. A line that is not there any more is the last one.
     *
     * @param text with any line ends; an empty text has an empty range
     */
    public static TextRange of(Problem problem, CharSequence text) {
        int begin = 0;
        int wanted = Math.max(problem.line(), 1);
        for (int line = 1; line < wanted; line++) {
            int next = lineEnd(text, begin);
            if (next == text.length()) {
                break;
            }
            begin = next + (isPair(text, next) ? 2 : 1);
        }
        int end = lineEnd(text, begin);
        int last = end;
        while (last > begin && Character.isWhitespace(text.charAt(last - 1))) {
            last--;
        }
        int start = begin;
        if (problem.column() > 0) {
            for (int points = 1; points < problem.column() && start < end; points++) {
                start += Character.charCount(Character.codePointAt(text, start));
            }
        } else {
            while (start < last && Character.isWhitespace(text.charAt(start))) {
                start++;
            }
        }
        if (start >= last) {
            start = last > begin ? Character.offsetByCodePoints(text, last, -1) : begin;
        }
        return new TextRange(start, Math.max(last, Math.min(start + 1, end)));
    }

    private static int lineEnd(CharSequence text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
            at++;
        }
        return at;
    }

    private static boolean isPair(CharSequence text, int at) {
        return text.charAt(at) == '\r' && at + 1 < text.length() && text.charAt(at + 1) == '\n';
    }
}
