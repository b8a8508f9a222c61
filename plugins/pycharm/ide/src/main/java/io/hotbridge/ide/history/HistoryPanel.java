package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ModuleRow;
import io.hotbridge.ide.Html;
import io.hotbridge.ide.LineRenderer;
import java.awt.BorderLayout;
import java.awt.FlowLayout;
import java.awt.event.MouseAdapter;
import java.awt.event.MouseEvent;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.swing.DefaultComboBoxModel;
import javax.swing.Icon;
import javax.swing.JButton;
import javax.swing.JComboBox;
import javax.swing.JComponent;
import javax.swing.JLabel;
import javax.swing.JPanel;
import javax.swing.JScrollPane;
import javax.swing.JTable;
import javax.swing.ListSelectionModel;

/**
 * The rows of one module, newest first, and the choice of the module. It shows what it is given and
 * tells what was chosen; it asks for nothing by itself.
 */
final class HistoryPanel extends JPanel {
    /** What the user has done. */
    interface Listener {
        void targetChosen(String target);

        void moduleChosen(ModuleRow module);

        void moreWanted();

        /** A double click. */
        void rowOpened(HistoryRow row);
    }

    private final JComboBox<String> targets = new JComboBox<>();
    private final JComboBox<ModuleRow> modules = new JComboBox<>();
    private final HistoryTable rows = new HistoryTable();
    private final JTable table;
    private final JLabel message = Html.plain(new JLabel());
    private final JButton more = new JButton(words("history.more"));
    /** While it is filled, what is chosen is not the user's choice. */
    private boolean filling;

    HistoryPanel(Function<Mark, Icon> icons, Listener listener) {
        super(new BorderLayout());
        table = rows.table(icons);
        table.setSelectionMode(ListSelectionModel.SINGLE_SELECTION);
        modules.setRenderer(new LineRenderer<>(HistoryPanel::name, HistoryPanel::detail));
        targets.addActionListener(
                event -> chosen(targets.getSelectedItem(), String.class, listener::targetChosen));
        modules.addActionListener(
                event ->
                        chosen(modules.getSelectedItem(), ModuleRow.class, listener::moduleChosen));
        more.addActionListener(event -> listener.moreWanted());
        table.addMouseListener(
                new MouseAdapter() {
                    @Override
                    public void mouseClicked(MouseEvent event) {
                        if (event.getClickCount() == 2) {
                            selected().ifPresent(listener::rowOpened);
                        }
                    }
                });
        more.setVisible(false);
        add(choice(), BorderLayout.NORTH);
        add(new JScrollPane(table), BorderLayout.CENTER);
        add(foot(), BorderLayout.SOUTH);
    }

    JTable table() {
        return table;
    }

    Optional<HistoryRow> selected() {
        return rows.at(table.getSelectedRow());
    }

    void showTargets(List<String> names, String chosen) {
        fill(targets, names, chosen);
    }

    void showModules(List<ModuleRow> names, String chosen) {
        ModuleRow row =
                names.stream().filter(each -> each.module().equals(chosen)).findFirst().orElse(null);
        fill(modules, names, row);
    }

    void showPage(HistoryPage page) {
        String commit = selected().map(HistoryRow::commit).orElse("");
        rows.show(page.rows());
        rows.indexOf(commit).ifPresent(row -> table.setRowSelectionInterval(row, row));
        more.setVisible(page.hasMore());
        say(page.rows().isEmpty() ? words("history.empty", page.module()) : "");
    }

    /** There is nothing to show, and this is why. */
    void showNothing(String why) {
        rows.show(List.of());
        more.setVisible(false);
        say(why);
    }

    private void say(String words) {
        message.setText(words);
        message.setVisible(!words.isEmpty());
    }

    private JComponent choice() {
        JPanel panel = new JPanel(new FlowLayout(FlowLayout.LEFT, 8, 4));
        panel.add(labelled(words("history.target"), targets));
        panel.add(targets);
        panel.add(labelled(words("history.module"), modules));
        panel.add(modules);
        return panel;
    }

    private static JLabel labelled(String text, JComponent component) {
        JLabel label = new JLabel(text);
        label.setLabelFor(component);
        return label;
    }

    private JComponent foot() {
        JPanel panel = new JPanel(new FlowLayout(FlowLayout.LEFT, 8, 4));
        panel.add(more);
        panel.add(message);
        return panel;
    }

    private <T> void fill(JComboBox<T> box, List<T> items, T chosen) {
        filling = true;
        try {
            DefaultComboBoxModel<T> model = new DefaultComboBoxModel<>();
            items.forEach(model::addElement);
            model.setSelectedItem(chosen);
            box.setModel(model);
        } finally {
            filling = false;
        }
    }

    private <T> void chosen(Object item, Class<T> type, Consumer<T> then) {
        if (!filling && type.isInstance(item)) {
            then.accept(type.cast(item));
        }
    }

    private static String name(ModuleRow row) {
        return row == null ? "" : row.module();
    }

    private static String detail(ModuleRow row) {
        return row == null ? "" : row.detail();
    }
}
