package com.intellij.diff;

import com.intellij.diff.requests.DiffRequest;
import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/diff-api.
 */
public abstract class DiffManager {
    public static DiffManager getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract void showDiff(Project project, DiffRequest request);
}
