package com.intellij.openapi.ui.popup;

import java.util.List;
import javax.swing.JComponent;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Popups".
 */
public abstract class JBPopupFactory {
    public static JBPopupFactory getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract ComponentPopupBuilder createComponentPopupBuilder(
            JComponent content, JComponent focused);

    public abstract <T> IPopupChooserBuilder<T> createPopupChooserBuilder(List<? extends T> list);
}
