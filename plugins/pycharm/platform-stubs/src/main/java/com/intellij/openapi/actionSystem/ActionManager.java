package com.intellij.openapi.actionSystem;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public abstract class ActionManager {
    public static ActionManager getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract ActionToolbar createActionToolbar(
            String place, ActionGroup group, boolean horizontal);

    public abstract ActionPopupMenu createActionPopupMenu(String place, ActionGroup group);
}
