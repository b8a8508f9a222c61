package io.hotbridge.ide.status;

import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ServerRow;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.ide.Html;
import java.awt.Component;
import java.awt.FlowLayout;
import java.awt.GridBagConstraints;
import java.awt.GridBagLayout;
import java.awt.Insets;
import java.util.List;
import java.util.function.Function;
import javax.swing.BorderFactory;
import javax.swing.Box;
import javax.swing.BoxLayout;
import javax.swing.Icon;
import javax.swing.JButton;
import javax.swing.JComponent;
import javax.swing.JLabel;
import javax.swing.JPanel;

/** What a click on the line shows: the line, each server, and what can be done. */
final class StatusPopup extends JPanel {
    private static final int GAP = 10;
    /** Buttons in a row, so that the popup stays narrow. */
    private static final int BUTTONS = 3;

    /** Something to be done from here. */
    record Entry(String label, Runnable work) {}

    StatusPopup(
            StatusLine line,
            List<ServerRow> servers,
            List<Entry> entries,
            Function<Mark, Icon> icons) {
        setLayout(new BoxLayout(this, BoxLayout.Y_AXIS));
        setBorder(BorderFactory.createEmptyBorder(GAP, GAP, GAP, GAP));
        for (String text : line.tooltip().split("\n")) {
            addLeft(label(text, null));
        }
        if (!servers.isEmpty()) {
            add(Box.createVerticalStrut(GAP));
            addLeft(table(servers, icons));
        }
        add(Box.createVerticalStrut(GAP));
        for (int i = 0; i < entries.size(); i += BUTTONS) {
            addLeft(buttons(entries.subList(i, Math.min(i + BUTTONS, entries.size()))));
        }
    }

    private void addLeft(JComponent component) {
        component.setAlignmentX(Component.LEFT_ALIGNMENT);
        add(component);
    }

    private static JComponent table(List<ServerRow> servers, Function<Mark, Icon> icons) {
        JPanel panel = new JPanel(new GridBagLayout());
        panel.setOpaque(false);
        GridBagConstraints at = new GridBagConstraints();
        at.anchor = GridBagConstraints.WEST;
        at.insets = new Insets(1, 0, 1, 2 * GAP);
        for (ServerRow row : servers) {
            at.gridy++;
            at.gridx = 0;
            panel.add(label(row.name(), icons.apply(row.mark())), at);
            for (String cell : List.of(row.state(), row.time(), row.detail())) {
                at.gridx++;
                panel.add(label(cell, null), at);
            }
        }
        return panel;
    }

    private static JComponent buttons(List<Entry> entries) {
        JPanel panel = new JPanel(new FlowLayout(FlowLayout.LEFT, 0, 2));
        panel.setOpaque(false);
        for (Entry entry : entries) {
            JButton button = Html.plain(new JButton(entry.label()));
            button.addActionListener(event -> entry.work().run());
            panel.add(button);
        }
        return panel;
    }

    private static JLabel label(String text, Icon icon) {
        JLabel label = Html.plain(new JLabel(text));
        label.setIcon(icon);
        return label;
    }
}
