package com.intellij.ui;

import com.intellij.openapi.fileEditor.FileEditor;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import java.util.function.Function;
import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Banners
 * (Notifications)".
 */
public interface EditorNotificationProvider {
    Function<? super FileEditor, ? extends JComponent> collectNotificationData(
            Project project, VirtualFile file);
}
