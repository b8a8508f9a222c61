package com.intellij.diff;

import com.intellij.diff.contents.DiffContent;
import com.intellij.diff.contents.DocumentContent;
import com.intellij.openapi.fileTypes.FileType;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/diff-api.
 */
public abstract class DiffContentFactory {
    public static DiffContentFactory getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract DocumentContent create(Project project, String text, FileType type);

    public abstract DiffContent create(Project project, VirtualFile file);
}
