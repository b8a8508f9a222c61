package com.intellij.lang.annotation;

import com.intellij.openapi.util.TextRange;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Annotator".
 */
public interface AnnotationBuilder {
    AnnotationBuilder range(TextRange range);

    AnnotationBuilder tooltip(String html);

    AnnotationBuilder fileLevel();

    void create();
}
