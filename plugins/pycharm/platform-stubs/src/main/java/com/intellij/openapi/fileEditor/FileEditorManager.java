package com.intellij.openapi.fileEditor;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Components".
 */
public abstract class FileEditorManager {
    public static FileEditorManager getInstance(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract VirtualFile[] getSelectedFiles();

    public abstract FileEditor[] openFile(VirtualFile file, boolean focus);
}
