package com.intellij.ui.content;

import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows". getInstance()
 * is there since 2022.3; the SERVICE class before it is gone from later builds.
 */
public interface ContentFactory {
    static ContentFactory getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    Content createContent(JComponent component, String name, boolean lockable);
}
