package com.intellij.openapi.util;

import javax.swing.Icon;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Icons".
 */
public final class IconLoader {
    private IconLoader() {}

    public static Icon getIcon(String path, Class<?> owner) {
        throw new UnsupportedOperationException("platform stub");
    }
}
