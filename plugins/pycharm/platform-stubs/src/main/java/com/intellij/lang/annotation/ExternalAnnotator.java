package com.intellij.lang.annotation;

import com.intellij.openapi.editor.Editor;
import com.intellij.psi.PsiFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Annotator".
 */
public abstract class ExternalAnnotator<I, R> {
    public I collectInformation(PsiFile file) {
        throw new UnsupportedOperationException("platform stub");
    }

    public I collectInformation(PsiFile file, Editor editor, boolean hasErrors) {
        throw new UnsupportedOperationException("platform stub");
    }

    public R doAnnotate(I collected) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void apply(PsiFile file, R result, AnnotationHolder holder) {
        throw new UnsupportedOperationException("platform stub");
    }
}
