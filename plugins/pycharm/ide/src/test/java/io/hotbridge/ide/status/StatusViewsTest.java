package io.hotbridge.ide.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ServerRow;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.core.view.StatusLine.Click;
import io.hotbridge.core.view.StatusLine.Severity;
import io.hotbridge.ide.Pictures;
import io.hotbridge.ide.Values;
import java.awt.Color;
import java.awt.Component;
import java.awt.Container;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.swing.JButton;
import javax.swing.JLabel;
import org.junit.jupiter.api.Test;

/** The line and its popup carry what the core says, and nothing else. */
class StatusViewsTest {
    private static final StatusLine FAILED =
            new StatusLine(
                    Mark.ERROR,
                    "crm.py dev failed 1/2",
                    "crm.py → dev\nNameError: name 'x' is not defined\n14:03 · a1b2c3d · save",
                    Severity.ERROR,
                    false,
                    Click.POPUP);

    private final StatusLabel label = new StatusLabel(Values::icon);

    @Test
    void theLineIsShownAsItIs() {
        label.show(FAILED);
        assertTrue(label.isVisible());
        assertEquals("crm.py dev failed 1/2", label.getText());
        assertTrue(label.getToolTipText().contains("<br>"));
    }

    @Test
    void theTooltipIsTextAndNotHtml() {
        label.show(
                new StatusLine(
                        Mark.OK, "x", "<img src=x>\n& so on", Severity.NONE, false, Click.POPUP));
        assertEquals(
                "<html>&lt;img src=x&gt;<br>&amp; so on</html>", label.getToolTipText());
        assertEquals(Boolean.TRUE, label.getClientProperty("html.disable"));
    }

    @Test
    void withNothingToSayItHides() {
        label.show(FAILED);
        label.show(StatusLine.HIDDEN);
        assertFalse(label.isVisible());
        assertNull(label.getIcon());
        assertNull(label.getToolTipText());
    }

    @Test
    void onlyFailedAndUnconfirmedHaveAColour() {
        label.show(line(Severity.NONE));
        Color usual = label.getForeground();
        label.show(line(Severity.WARNING));
        Color warning = label.getForeground();
        label.show(line(Severity.ERROR));
        assertNotEquals(usual, warning);
        assertNotEquals(usual, label.getForeground());
        assertNotEquals(warning, label.getForeground());
    }

    @Test
    void aProjectThatIsNotTrustedSaysSoForModulesOnly() {
        assertFalse(StatusLines.untrusted(Optional.empty()).isVisible());
        assertFalse(StatusLines.untrusted(Optional.of(Path.of("/p/notes.txt"))).isVisible());
        assertTrue(StatusLines.untrusted(Optional.of(Path.of("/p/crm.py"))).isVisible());
    }

    @Test
    void thePopupHasEachServerAndEachThingToDo() throws IOException {
        List<String> done = new ArrayList<>();
        List<ServerRow> servers =
                List.of(
                        new ServerRow(
                                Mark.OK, "server1", "confirmed", "0.4 s", "crm.get-customer"),
                        new ServerRow(
                                Mark.ERROR, "server2", "failed", "0.5 s",
                                "NameError: name 'x' is not defined"));
        List<StatusPopup.Entry> entries = new ArrayList<>();
        for (String name :
                List.of("Deploy crm.py", "Deploy to…", "History", "Choose Target…", "Run Doctor",
                        "Show Log")) {
            entries.add(new StatusPopup.Entry(name, () -> done.add(name)));
        }
        StatusPopup popup = new StatusPopup(FAILED, servers, entries, Values::icon);
        List<String> labels = texts(popup);
        for (ServerRow row : servers) {
            assertTrue(
                    labels.containsAll(List.of(row.name(), row.state(), row.time(), row.detail())),
                    labels.toString());
        }
        buttons(popup).forEach(JButton::doClick);
        assertEquals(entries.stream().map(StatusPopup.Entry::label).toList(), done);
        assertTrue(
                Pictures.colors(
                                Pictures.draw(
                                        "popup",
                                        popup,
                                        popup.getPreferredSize().width,
                                        popup.getPreferredSize().height))
                        > 10);
        label.show(FAILED);
        Pictures.draw("status", label, label.getPreferredSize().width, 22);
    }

    private static StatusLine line(Severity severity) {
        return new StatusLine(Mark.OK, "x", "", severity, false, Click.POPUP);
    }

    private static List<String> texts(Container container) {
        List<String> found = new ArrayList<>();
        for (Component each : container.getComponents()) {
            if (each instanceof JLabel text) {
                found.add(text.getText());
            } else if (each instanceof Container inner) {
                found.addAll(texts(inner));
            }
        }
        return found;
    }

    private static List<JButton> buttons(Container container) {
        List<JButton> found = new ArrayList<>();
        for (Component each : container.getComponents()) {
            if (each instanceof JButton button) {
                found.add(button);
            } else if (each instanceof Container inner) {
                found.addAll(buttons(inner));
            }
        }
        return found;
    }
}
