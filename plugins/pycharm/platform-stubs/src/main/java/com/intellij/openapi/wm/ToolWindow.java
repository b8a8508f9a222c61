package com.intellij.openapi.wm;

import com.intellij.ui.content.ContentManager;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows".
 */
public interface ToolWindow {
    void activate(Runnable runnable);

    ContentManager getContentManager();
}
