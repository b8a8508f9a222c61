package io.hotbridge.ide;

import java.awt.BorderLayout;
import java.awt.Color;
import java.awt.Component;
import java.util.function.Function;
import javax.swing.BorderFactory;
import javax.swing.JLabel;
import javax.swing.JList;
import javax.swing.JPanel;
import javax.swing.ListCellRenderer;
import javax.swing.UIManager;

/** A line of a list: a name, and in grey what is known of it. */
public final class LineRenderer<T> extends JPanel implements ListCellRenderer<T> {
    private static final int GAP = 12;

    private final transient Function<T, String> name;
    private final transient Function<T, String> detail;
    private final JLabel left = Html.plain(new JLabel());
    private final JLabel right = Html.plain(new JLabel());

    public LineRenderer(Function<T, String> name, Function<T, String> detail) {
        super(new BorderLayout(GAP, 0));
        this.name = name;
        this.detail = detail;
        setBorder(BorderFactory.createEmptyBorder(2, 8, 2, 8));
        add(left, BorderLayout.WEST);
        add(right, BorderLayout.CENTER);
    }

    @Override
    public Component getListCellRendererComponent(
            JList<? extends T> list, T value, int index, boolean selected, boolean focused) {
        left.setText(name.apply(value));
        right.setText(detail.apply(value));
        Color text = selected ? list.getSelectionForeground() : list.getForeground();
        Color grey = UIManager.getColor("Label.disabledForeground");
        left.setForeground(text);
        right.setForeground(selected || grey == null ? text : grey);
        setBackground(selected ? list.getSelectionBackground() : list.getBackground());
        return this;
    }
}
