package com.intellij.lang.annotation;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Annotator".
 */
public interface AnnotationHolder {
    AnnotationBuilder newAnnotation(HighlightSeverity severity, String message);
}
