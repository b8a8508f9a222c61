package com.intellij.ide.impl;

import com.intellij.openapi.project.Project;

/**
 * Compile-only. Signatures from Trusted Projects; public source of intellij-community,
 * platform/platform-impl. Deprecated in the newest builds for com.intellij.ide.trustedProjects,
 * which 2022.3 does not have; still there.
 */
public final class TrustedProjects {
    private TrustedProjects() {}

    public static boolean isTrusted(Project project) {
        throw new UnsupportedOperationException("platform stub");
    }
}
