package com.intellij.codeInsight.daemon;

import com.intellij.openapi.project.Project;
import com.intellij.psi.PsiFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Code Inspections; Annotator".
 * Deprecated in the newest builds for a form with a reason, which 2022.3 does not have; still
 * there.
 */
public abstract class DaemonCodeAnalyzer {
    public static DaemonCodeAnalyzer getInstance(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract void restart(PsiFile file);
}
