package io.hotbridge.core;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/**
 * The sentences for users, from Text.properties. Read without a ResourceBundle, whose cache would
 * hold on to the plug-in after it is unloaded.
 */
public final class Text {
    private static final Properties TEXTS = load();

    private Text() {}

    /** The text of the key, with {0}, {1}, … replaced as they are. */
    public static String get(String key, Object... values) {
        String text = TEXTS.getProperty(key);
        if (text == null) {
            throw new IllegalArgumentException("there is no text for " + key);
        }
        if (values.length == 0) {
            return text;
        }
        StringBuilder built = new StringBuilder();
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            boolean place = c == '{' && at + 2 < text.length() && text.charAt(at + 2) == '}';
            int index = place ? text.charAt(at + 1) - '0' : -1;
            if (index >= 0 && index < values.length) {
                built.append(values[index]);
                at += 2;
            } else {
                built.append(c);
            }
        }
        return built.toString();
    }

    private static Properties load() {
        Properties texts = new Properties();
        try (InputStream stream = Text.class.getResourceAsStream("Text.properties")) {
            texts.load(new InputStreamReader(stream, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return texts;
    }
}
