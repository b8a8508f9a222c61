package com.intellij.openapi.actionSystem;

import com.intellij.openapi.vfs.VirtualFile;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Action System".
 */
public class CommonDataKeys {
    public static final DataKey<VirtualFile> VIRTUAL_FILE = null;
    public static final DataKey<VirtualFile[]> VIRTUAL_FILE_ARRAY = null;
}
