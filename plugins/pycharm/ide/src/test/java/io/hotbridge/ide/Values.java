package io.hotbridge.ide;

import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Timings;
import java.awt.Color;
import java.awt.Component;
import java.awt.Graphics;
import java.util.List;
import java.util.OptionalDouble;
import javax.swing.Icon;

/** Values of the core's, and icons that need no IDE. */
public final class Values {
    private Values() {}

    public static Deploy deploy(String module, String commit) {
        OptionalDouble none = OptionalDouble.empty();
        return new Deploy(
                "id-" + commit, "dev", module, "save", "done", "deployed", false, false,
                "deployed on 2 of 2 servers", "", commit, "", "", "", List.of(), List.of(),
                List.of(), new Timings(none, none, none), "", "", "/project/" + module, "");
    }

    public static HistoryRow row(Mark mark, String time, String outcome, String commit) {
        return new HistoryRow(
                mark, time, outcome, "2/2", commit, "save", outcome + "\nby <b>Ann</b>",
                deploy("crm.py", commit));
    }

    public static HistoryPage page(String next, HistoryRow... rows) {
        return new HistoryPage("dev", "crm.py", false, List.of(rows), next);
    }

    /** A disc of the mark's colour, as big as the real one. */
    public static Icon icon(Mark mark) {
        Color color =
                switch (mark) {
                    case OK -> new Color(0x59A869);
                    case ERROR -> new Color(0xDB5860);
                    case WARNING -> new Color(0xEDA200);
                    case BUSY, FOUND -> new Color(0x389FD6);
                    default -> new Color(0x6E6E6E);
                };
        return new Icon() {
            @Override
            public void paintIcon(Component on, Graphics graphics, int x, int y) {
                graphics.setColor(color);
                graphics.fillOval(x + 3, y + 3, 10, 10);
            }

            @Override
            public int getIconWidth() {
                return 16;
            }

            @Override
            public int getIconHeight() {
                return 16;
            }
        };
    }
}
