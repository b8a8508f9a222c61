package com.intellij.diff.requests;

/**
 * Compile-only. Signatures from public source of intellij-community, platform/diff-api.
 */
public abstract class DiffRequest {}
