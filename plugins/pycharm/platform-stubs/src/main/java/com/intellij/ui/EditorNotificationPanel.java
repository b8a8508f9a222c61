package com.intellij.ui;

import com.intellij.openapi.fileEditor.FileEditor;
import javax.swing.JPanel;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Banners
 * (Notifications)".
 */
public class EditorNotificationPanel extends JPanel {
    public EditorNotificationPanel(FileEditor editor) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void setText(String text) {
        throw new UnsupportedOperationException("platform stub");
    }

    public HyperlinkLabel createActionLabel(String text, Runnable action) {
        throw new UnsupportedOperationException("platform stub");
    }
}
