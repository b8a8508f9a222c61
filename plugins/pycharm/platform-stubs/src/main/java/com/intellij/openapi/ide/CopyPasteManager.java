package com.intellij.openapi.ide;

import java.awt.datatransfer.Transferable;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Extension Point and Listener
 * List".
 */
public abstract class CopyPasteManager {
    public static CopyPasteManager getInstance() {
        throw new UnsupportedOperationException("platform stub");
    }

    public abstract void setContents(Transferable content);
}
