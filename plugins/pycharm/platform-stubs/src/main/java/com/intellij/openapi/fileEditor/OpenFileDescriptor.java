package com.intellij.openapi.fileEditor;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Components".
 */
public class OpenFileDescriptor {
    public OpenFileDescriptor(Project project, VirtualFile file, int line, int column) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void navigate(boolean focus) {
        throw new UnsupportedOperationException("platform stub");
    }
}
