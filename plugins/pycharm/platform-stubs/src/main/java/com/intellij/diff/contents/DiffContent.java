package com.intellij.diff.contents;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/diff-api.
 */
public interface DiffContent {}
