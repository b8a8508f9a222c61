package com.intellij.lang.annotation;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Annotator".
 */
public class HighlightSeverity {
    public static final HighlightSeverity WARNING = null;
    public static final HighlightSeverity ERROR = null;
}
