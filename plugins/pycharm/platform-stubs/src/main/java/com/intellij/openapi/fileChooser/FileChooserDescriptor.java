package com.intellij.openapi.fileChooser;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "File and Class Choosers". The
 * factory class has renamed its methods between 2022.3 and now; this constructor has stayed.
 */
public class FileChooserDescriptor {
    public FileChooserDescriptor(
            boolean files,
            boolean folders,
            boolean jars,
            boolean jarsAsFiles,
            boolean jarContents,
            boolean multiple) {
        throw new UnsupportedOperationException("platform stub");
    }

    public FileChooserDescriptor withTitle(String title) {
        throw new UnsupportedOperationException("platform stub");
    }
}
