package com.intellij.ui.awt;

import java.awt.Component;
import java.awt.Point;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Popups".
 */
public class RelativePoint {
    public RelativePoint(Component component, Point point) {
        throw new UnsupportedOperationException("platform stub");
    }
}
