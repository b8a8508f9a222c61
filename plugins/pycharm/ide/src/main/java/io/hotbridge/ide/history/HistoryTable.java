package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.ide.Html;
import java.awt.Component;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;
import javax.swing.Icon;
import javax.swing.JTable;
import javax.swing.table.AbstractTableModel;
import javax.swing.table.DefaultTableCellRenderer;

/** The rows as a table: when, what came of it, on how many servers, which commit, by what. */
final class HistoryTable extends AbstractTableModel {
    private static final int ROW_PADDING = 6;

    private record Column(String title, int width, Function<HistoryRow, String> text) {}

    private final transient List<Column> columns =
            List.of(
                    new Column(words("history.column.time"), 130, HistoryRow::time),
                    new Column(words("history.column.outcome"), 160, HistoryRow::outcome),
                    new Column(words("history.column.servers"), 70, HistoryRow::tally),
                    new Column(words("history.column.commit"), 90, HistoryRow::commit),
                    new Column(words("history.column.trigger"), 90, HistoryRow::trigger));
    private transient List<HistoryRow> rows = List.of();

    JTable table(Function<Mark, Icon> icons) {
        JTable table = new JTable(this);
        Renderer renderer = new Renderer(icons);
        for (int i = 0; i < columns.size(); i++) {
            table.getColumnModel().getColumn(i).setCellRenderer(renderer);
            table.getColumnModel().getColumn(i).setPreferredWidth(columns.get(i).width());
        }
        table.setShowGrid(false);
        table.setFillsViewportHeight(true);
        table.setRowHeight(table.getFontMetrics(table.getFont()).getHeight() + ROW_PADDING);
        table.getTableHeader().setReorderingAllowed(false);
        return table;
    }

    void show(List<HistoryRow> newer) {
        rows = newer;
        fireTableDataChanged();
    }

    /** Empty: no such row. */
    Optional<HistoryRow> at(int row) {
        return row >= 0 && row < rows.size() ? Optional.of(rows.get(row)) : Optional.empty();
    }

    OptionalInt indexOf(String commit) {
        return IntStream.range(0, rows.size())
                .filter(i -> !commit.isEmpty() && rows.get(i).commit().equals(commit))
                .findFirst();
    }

    @Override
    public int getRowCount() {
        return rows.size();
    }

    @Override
    public int getColumnCount() {
        return columns.size();
    }

    @Override
    public String getColumnName(int column) {
        return columns.get(column).title();
    }

    @Override
    public Object getValueAt(int row, int column) {
        return columns.get(column).text().apply(rows.get(row));
    }

    private final class Renderer extends DefaultTableCellRenderer {
        private final transient Function<Mark, Icon> icons;

        Renderer(Function<Mark, Icon> icons) {
            this.icons = icons;
            Html.plain(this);
        }

        @Override
        public Component getTableCellRendererComponent(
                JTable table, Object value, boolean selected, boolean focus, int row, int column) {
            super.getTableCellRendererComponent(table, value, selected, false, row, column);
            HistoryRow shown = rows.get(row);
            setIcon(column == 0 ? icons.apply(shown.mark()) : null);
            setToolTipText(Html.lines(shown.tooltip()));
            return this;
        }
    }
}
