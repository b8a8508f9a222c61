package com.intellij.openapi.fileEditor;

import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.util.messages.Topic;
import java.util.EventListener;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Plugin Listeners".
 */
public interface FileEditorManagerListener extends EventListener {
    Topic<FileEditorManagerListener> FILE_EDITOR_MANAGER =
            new Topic<>("file editor events", FileEditorManagerListener.class);

    default void fileOpened(FileEditorManager source, VirtualFile file) {}

    default void fileClosed(FileEditorManager source, VirtualFile file) {}

    default void selectionChanged(FileEditorManagerEvent event) {}
}
