package io.hotbridge.ide.history;

import io.hotbridge.ide.LogLines;
import java.awt.BorderLayout;
import java.awt.Font;
import java.util.List;
import java.util.concurrent.Executor;
import javax.swing.JPanel;
import javax.swing.JScrollPane;
import javax.swing.JTextArea;

/** The newest lines of the log. */
final class LogPanel extends JPanel {
    private final transient LogLines log;
    private final JTextArea text = new JTextArea();
    private final transient Runnable stop;

    LogPanel(LogLines log, Executor onScreen) {
        super(new BorderLayout());
        this.log = log;
        text.setEditable(false);
        text.setFont(new Font(Font.MONOSPACED, Font.PLAIN, text.getFont().getSize()));
        add(new JScrollPane(text), BorderLayout.CENTER);
        fill();
        stop = log.listen(line -> onScreen.execute(this::fill));
    }

    void close() {
        stop.run();
    }

    String shown() {
        return text.getText();
    }

    private void fill() {
        List<String> lines = log.lines();
        text.setText(String.join("\n", lines));
        text.setCaretPosition(text.getDocument().getLength());
    }
}
