package io.hotbridge.ide.status;

import static io.hotbridge.ide.HotbridgeBundle.words;

import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.StatusLine;
import java.nio.file.Path;
import java.util.Optional;

/** The lines that no session says, because there is none. */
final class StatusLines {
    private StatusLines() {}

    /** Only where somebody might wonder why nothing is deployed. */
    static StatusLine untrusted(Optional<Path> active) {
        if (active.filter(file -> file.toString().endsWith(".py")).isEmpty()) {
            return StatusLine.HIDDEN;
        }
        return new StatusLine(
                Mark.STOPPED,
                words("status.untrusted"),
                words("status.untrusted.tooltip"),
                StatusLine.Severity.NONE,
                false,
                StatusLine.Click.POPUP);
    }
}
