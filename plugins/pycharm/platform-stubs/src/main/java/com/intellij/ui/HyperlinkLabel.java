package com.intellij.ui;

import javax.swing.JPanel;

/**
 * Compile-only. Signatures from the IntelliJ Platform Plugin SDK, "Editor Banners
 * (Notifications)".
 */
public class HyperlinkLabel extends JPanel {}
