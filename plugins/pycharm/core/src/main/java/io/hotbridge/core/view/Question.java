package io.hotbridge.core.view;

/** Something that needs a yes before it is done. The text is plain. */
public record Question(String title, String text, String yes, String no) {}
