package com.intellij.ui.content;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Tool Windows".
 */
public interface ContentManager {
    void addContent(Content content);

    Content findContent(String displayName);

    void setSelectedContent(Content content);
}
