package com.intellij.openapi.wm;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/platform-api
 * (focus).
 */
public abstract class IdeFocusManager {
    public static IdeFocusManager getGlobalInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract IdeFrame getLastFocusedFrame();
}
