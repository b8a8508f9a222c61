package com.intellij.diff.requests;

import com.intellij.diff.contents.DiffContent;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/diff-api.
 */
public class SimpleDiffRequest extends DiffRequest {
    public SimpleDiffRequest(
            String title, DiffContent left, DiffContent right, String leftTitle, String rightTitle) {
        throw new UnsupportedOperationException("platform stub");
    }
}
