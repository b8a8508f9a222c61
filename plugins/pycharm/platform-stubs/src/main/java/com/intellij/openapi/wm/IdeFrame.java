package com.intellij.openapi.wm;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/platform-api
 * (focus).
 */
public interface IdeFrame {
    Project getProject();
}
