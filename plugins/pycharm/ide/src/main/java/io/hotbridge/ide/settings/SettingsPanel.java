package io.hotbridge.ide.settings;

import static io.hotbridge.ide.HotbridgeBundle.words;

import io.hotbridge.core.Settings;
import io.hotbridge.core.Settings.Notify;
import io.hotbridge.ide.LineRenderer;
import java.awt.BorderLayout;
import java.awt.GridBagConstraints;
import java.awt.GridBagLayout;
import java.awt.Insets;
import java.util.List;
import javax.swing.DefaultComboBoxModel;
import javax.swing.JButton;
import javax.swing.JCheckBox;
import javax.swing.JComboBox;
import javax.swing.JComponent;
import javax.swing.JLabel;
import javax.swing.JPanel;
import javax.swing.JTextField;

/** The fields of the settings page. */
final class SettingsPanel extends JPanel {
    private static final int PATH_COLUMNS = 36;

    private final JTextField path = new JTextField(PATH_COLUMNS);
    private final JCheckBox startBridge = new JCheckBox(words("settings.start"));
    private final JComboBox<Notify> tells = new JComboBox<>(Notify.values());
    private final JComboBox<String> target = new JComboBox<>();

    /** @param browse asks for the program; the field is filled with {@link #setPath} */
    SettingsPanel(Runnable browse) {
        super(new BorderLayout());
        tells.setRenderer(new LineRenderer<>(SettingsPanel::name, each -> ""));
        target.setEditable(true);
        JButton button = new JButton(words("settings.browse"));
        button.addActionListener(event -> browse.run());
        JPanel file = new JPanel(new BorderLayout(4, 0));
        file.add(path, BorderLayout.CENTER);
        file.add(button, BorderLayout.EAST);

        Form form = new Form();
        form.row(words("settings.path"), file);
        form.hint(words("settings.path.hint"));
        form.row("", startBridge);
        form.row(words("settings.notify"), tells);
        form.row(words("settings.target"), target);
        form.hint(words("settings.target.hint"));
        add(form.panel, BorderLayout.NORTH);
    }

    void setPath(String chosen) {
        path.setText(chosen);
    }

    void show(Settings settings, String projectTarget, List<String> known) {
        path.setText(settings.binaryPath());
        startBridge.setSelected(settings.startBridge());
        tells.setSelectedItem(settings.tells());
        DefaultComboBoxModel<String> names = new DefaultComboBoxModel<>();
        names.addElement("");
        known.forEach(names::addElement);
        target.setModel(names);
        target.setSelectedItem(projectTarget);
    }

    Settings settings() {
        return new Settings(
                path.getText(), startBridge.isSelected(), (Notify) tells.getSelectedItem());
    }

    /** Empty: the bridge's default one. */
    String target() {
        Object typed = target.getEditor().getItem();
        return typed == null ? "" : typed.toString().strip();
    }

    private static String name(Notify each) {
        if (each == null) {
            return "";
        }
        return switch (each) {
            case ALL -> words("settings.notify.all");
            case FAILURES -> words("settings.notify.failures");
            case NONE -> words("settings.notify.none");
        };
    }

    /** Labels on the left, fields on the right, hints below. */
    private static final class Form {
        private final JPanel panel = new JPanel(new GridBagLayout());
        private int rows;

        void row(String text, JComponent field) {
            JLabel label = new JLabel(text);
            label.setLabelFor(field);
            panel.add(label, at(0, new Insets(4, 0, 0, 8)));
            panel.add(field, at(1, new Insets(4, 0, 0, 0)));
            rows++;
        }

        void hint(String text) {
            JLabel label = new JLabel(text);
            label.setEnabled(false);
            panel.add(label, at(1, new Insets(0, 4, 4, 0)));
            rows++;
        }

        private GridBagConstraints at(int column, Insets insets) {
            GridBagConstraints at = new GridBagConstraints();
            at.gridx = column;
            at.gridy = rows;
            at.insets = insets;
            at.anchor = GridBagConstraints.WEST;
            at.fill = GridBagConstraints.HORIZONTAL;
            at.weightx = column;
            return at;
        }
    }
}
