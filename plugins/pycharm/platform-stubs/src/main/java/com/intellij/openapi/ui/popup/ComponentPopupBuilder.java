package com.intellij.openapi.ui.popup;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Popups".
 */
public interface ComponentPopupBuilder {
    ComponentPopupBuilder setTitle(String title);

    ComponentPopupBuilder setRequestFocus(boolean focus);

    JBPopup createPopup();
}
