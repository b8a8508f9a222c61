package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Trouble;
import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ModuleRow;
import io.hotbridge.ide.Pictures;
import io.hotbridge.ide.Values;
import java.awt.Component;
import java.awt.Container;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import javax.swing.JButton;
import javax.swing.JComboBox;
import javax.swing.JLabel;
import javax.swing.JTable;
import org.junit.jupiter.api.Test;

/** The tool window's rows: what is asked for, what is shown of the answers. */
class HistoryControllerTest {
    private static final HistoryRow FIRST = Values.row(Mark.OK, "14:03", "deployed", "a1b2c3d");
    private static final HistoryRow SECOND = Values.row(Mark.ERROR, "13:58", "failed", "b2c3d4e");

    private final Fake source = new Fake();
    private final List<HistoryRow> opened = new ArrayList<>();
    private boolean trusted = true;
    private final HistoryController controller =
            new HistoryController(
                    () -> trusted ? Optional.of(source) : Optional.empty(),
                    Runnable::run,
                    Values::icon,
                    opened::add);
    private final JTable table = controller.panel().table();

    @Test
    void theRowsOfAModuleAreShownNewestFirst() {
        showBoth();
        assertEquals(2, table.getRowCount());
        assertEquals(
                List.of("14:03", "deployed", "2/2", "a1b2c3d", "save"),
                Stream.iterate(0, i -> i + 1)
                        .limit(5)
                        .map(column -> table.getValueAt(0, column))
                        .toList());
    }

    @Test
    void anAnswerToWhatIsNotAskedAnyMoreIsDropped() {
        controller.show("dev", "crm.py");
        source.modules.complete(modules());
        CompletableFuture<HistoryPage> slow = source.first;
        controller.moduleChosen(new ModuleRow(Mark.OK, "dev", "billing.py", ""));
        source.first.complete(Values.page("", SECOND));
        slow.complete(Values.page("", FIRST, SECOND));
        assertEquals(1, table.getRowCount());
        assertEquals(List.of("crm.py", "billing.py"), source.asked);
    }

    @Test
    void moreIsThereWhenThereIsMore() {
        showBoth();
        assertFalse(more().isVisible());
        controller.reload();
        source.modules.complete(modules());
        source.first.complete(Values.page("next", FIRST));
        assertTrue(more().isVisible());
        more().doClick();
        source.more.complete(Values.page("", FIRST, SECOND));
        assertEquals(2, table.getRowCount());
        assertFalse(more().isVisible());
    }

    @Test
    void whatIsSelectedStaysSelected() {
        showBoth();
        table.setRowSelectionInterval(1, 1);
        controller.changed("dev", "crm.py");
        source.modules.complete(modules());
        HistoryRow newer = Values.row(Mark.OK, "14:10", "deployed", "c3d4e5f");
        source.first.complete(Values.page("", newer, FIRST, SECOND));
        assertEquals(2, table.getSelectedRow());
        assertEquals(Optional.of(SECOND), controller.panel().selected());
    }

    @Test
    void changesOfOtherModulesAskForNothing() {
        showBoth();
        int before = source.asked.size();
        controller.changed("dev", "billing.py");
        controller.changed("prod", "crm.py");
        assertEquals(before, source.asked.size());
    }

    @Test
    void whatWentWrongIsSaidInItsPlace() {
        showBoth();
        controller.reload();
        source.modules.completeExceptionally(new Trouble.Lost("the bridge is away"));
        assertEquals(0, table.getRowCount());
        assertEquals("the bridge is away", message().getText());
        assertTrue(message().isVisible());
    }

    @Test
    void withoutATargetOrTrustItSaysWhy() {
        source.targets = List.of();
        controller.reload();
        assertEquals(words("history.noTarget"), message().getText());
        trusted = false;
        controller.reload();
        assertEquals(words("history.untrusted"), message().getText());
        assertEquals(List.of(), source.asked);
    }

    @Test
    void fillingTheListsIsNoChoiceOfTheUser() {
        showBoth();
        assertEquals(List.of("crm.py"), source.asked);
    }

    @Test
    void aChoiceOfAnotherModuleAsksForIt() {
        showBoth();
        combos().get(1).setSelectedIndex(1);
        assertEquals(List.of("crm.py", "billing.py"), source.asked);
    }

    @Test
    void whatOthersWroteIsNotTakenForHtml() {
        controller.show("dev", "<html><b>x.py");
        source.modules.complete(List.of(new ModuleRow(Mark.OK, "dev", "<html><b>x.py", "")));
        source.first.complete(Values.page(""));
        assertEquals(Boolean.TRUE, message().getClientProperty("html.disable"));
    }

    @Test
    void itIsDrawn() throws IOException {
        showBoth();
        HistoryRow found = Values.row(Mark.FOUND, "22 Nov 09:12", "found", "d4e5f60");
        controller.reload();
        source.modules.complete(modules());
        source.first.complete(Values.page("next", FIRST, SECOND, found));
        table.setRowSelectionInterval(1, 1);
        assertTrue(Pictures.colors(Pictures.draw("history", controller.panel(), 760, 260)) > 10);
    }

    private void showBoth() {
        controller.show("dev", "crm.py");
        source.modules.complete(modules());
        source.first.complete(Values.page("", FIRST, SECOND));
    }

    private static List<ModuleRow> modules() {
        return List.of(
                new ModuleRow(Mark.OK, "dev", "crm.py", "deployed 14:03"),
                new ModuleRow(Mark.ERROR, "dev", "billing.py", "failed 13:58"));
    }

    private JButton more() {
        return all(controller.panel(), JButton.class)
                .filter(each -> each.getText().equals(words("history.more")))
                .findFirst()
                .orElseThrow();
    }

    private JLabel message() {
        return all(controller.panel(), JLabel.class).reduce((one, other) -> other).orElseThrow();
    }

    private List<JComboBox<?>> combos() {
        List<JComboBox<?>> found = new ArrayList<>();
        all(controller.panel(), JComboBox.class).forEach(found::add);
        return found;
    }

    private static <T> Stream<T> all(Container container, Class<T> type) {
        Stream<T> found = Stream.of();
        for (Component each : container.getComponents()) {
            if (type.isInstance(each)) {
                found = Stream.concat(found, Stream.of(type.cast(each)));
            } else if (each instanceof Container inner) {
                found = Stream.concat(found, all(inner, type));
            }
        }
        return found;
    }

    /** Answers when the test says so. */
    private static final class Fake implements HistorySource {
        private List<String> targets = List.of("dev", "prod");
        private final List<String> asked = new ArrayList<>();
        private CompletableFuture<List<ModuleRow>> modules;
        private CompletableFuture<HistoryPage> first;
        private CompletableFuture<HistoryPage> more;

        @Override
        public List<String> targets() {
            return targets;
        }

        @Override
        public CompletableFuture<List<ModuleRow>> modules(String target) {
            modules = new CompletableFuture<>();
            return modules;
        }

        @Override
        public CompletableFuture<HistoryPage> first(String target, String module, boolean all) {
            asked.add(module);
            first = new CompletableFuture<>();
            return first;
        }

        @Override
        public CompletableFuture<HistoryPage> more(HistoryPage page) {
            more = new CompletableFuture<>();
            return more;
        }
    }
}
