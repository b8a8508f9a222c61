package com.intellij.openapi.fileEditor;

import java.util.EventObject;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Plugin Listeners".
 */
public class FileEditorManagerEvent extends EventObject {
    protected FileEditorManagerEvent(Object source) {
        super(source);
    }
}
