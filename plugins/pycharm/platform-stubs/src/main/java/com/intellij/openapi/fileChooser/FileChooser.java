package com.intellij.openapi.fileChooser;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "File and Class Choosers".
 */
public final class FileChooser {
    private FileChooser() {}

    public static VirtualFile chooseFile(
            FileChooserDescriptor descriptor, Project project, VirtualFile toSelect) {
        throw new UnsupportedOperationException("platform stub");
    }
}
