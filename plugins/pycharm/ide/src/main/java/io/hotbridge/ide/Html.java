package io.hotbridge.ide;

import com.intellij.openapi.util.text.StringUtil;
import javax.swing.JComponent;

/** Plain text of others where the platform wants HTML, and where it must not be taken for it. */
public final class Html {
    private Html() {}

    public static String escape(String text) {
        return StringUtil.escapeXmlEntities(text);
    }

    /** A text of several lines for a tooltip; null for an empty one. */
    public static String lines(String text) {
        return text.isEmpty()
                ? null
                : "<html>" + escape(text).replace("\r", "").replace("\n", "<br>") + "</html>";
    }

    /** Swing shows a label that begins with {@code <html>} as HTML, unless told not to. */
    public static <C extends JComponent> C plain(C component) {
        component.putClientProperty("html.disable", Boolean.TRUE);
        return component;
    }
}
