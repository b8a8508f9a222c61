package io.hotbridge.ide.status;

import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.ide.Html;
import java.awt.Color;
import java.util.function.Function;
import javax.swing.BorderFactory;
import javax.swing.Icon;
import javax.swing.JLabel;
import javax.swing.UIManager;

/** The line as it is drawn. */
final class StatusLabel extends JLabel {
    private static final Color ERROR = new Color(0xDB5860);
    private static final Color WARNING = new Color(0xC27D04);

    private final transient Function<Mark, Icon> icons;

    StatusLabel(Function<Mark, Icon> icons) {
        this.icons = icons;
        Html.plain(this);
        setBorder(BorderFactory.createEmptyBorder(0, 6, 0, 6));
    }

    void show(StatusLine line) {
        setVisible(line.isVisible());
        setText(line.text());
        setToolTipText(Html.lines(line.tooltip()));
        setIcon(line.isVisible() ? icons.apply(line.mark()) : null);
        setForeground(color(line.severity()));
    }

    private static Color color(StatusLine.Severity severity) {
        return switch (severity) {
            case ERROR -> themed("Label.errorForeground", ERROR);
            case WARNING -> themed("Component.warningFocusColor", WARNING);
            case NONE -> UIManager.getColor("Label.foreground");
        };
    }

    private static Color themed(String key, Color otherwise) {
        Color color = UIManager.getColor(key);
        return color == null ? otherwise : color;
    }
}
