package com.intellij.openapi.actionSystem;

import javax.swing.Icon;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System". The
 * constructor without parameters does nothing here, so that an action can be made in a test.
 */
public abstract class AnAction {
    public AnAction() {}

    public AnAction(String text) {
        throw new UnsupportedOperationException("platform stub");
    }

    public AnAction(String text, String description, Icon icon) {
        throw new UnsupportedOperationException("platform stub");
    }

    public void update(AnActionEvent event) {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract void actionPerformed(AnActionEvent event);

    public ActionUpdateThread getActionUpdateThread() {
        throw new UnsupportedOperationException("platform stub");
    }
}
