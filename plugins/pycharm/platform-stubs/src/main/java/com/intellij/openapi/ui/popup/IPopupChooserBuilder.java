package com.intellij.openapi.ui.popup;

import com.intellij.util.Consumer;
import javax.swing.ListCellRenderer;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Popups". The callback is of
 * com.intellij.util.Consumer from 2022.3 on.
 */
public interface IPopupChooserBuilder<T> {
    IPopupChooserBuilder<T> setTitle(String title);

    IPopupChooserBuilder<T> setRenderer(ListCellRenderer<? super T> renderer);

    IPopupChooserBuilder<T> setItemChosenCallback(Consumer<? super T> callback);

    JBPopup createPopup();
}
