package com.intellij.openapi.ui;

import com.intellij.openapi.project.Project;
import javax.swing.Icon;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Miscellaneous Swing
 * Components".
 */
public class Messages {
    public static final int YES = 0;

    public static int showYesNoDialog(
            Project project,
            String message,
            String title,
            String yes,
            String no,
            Icon icon) {
        throw new UnsupportedOperationException("platform stub");
    }

    public static String showInputDialog(
            Project project,
            String message,
            String title,
            Icon icon,
            String initial,
            InputValidator validator) {
        throw new UnsupportedOperationException("platform stub");
    }

    public static void showInfoMessage(Project project, String message, String title) {
        throw new UnsupportedOperationException("platform stub");
    }

    public static Icon getQuestionIcon() {
        throw new UnsupportedOperationException("platform stub");
    }
}
