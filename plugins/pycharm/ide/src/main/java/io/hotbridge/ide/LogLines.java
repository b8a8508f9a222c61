package io.hotbridge.ide;

import io.hotbridge.core.Log;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/** The newest words of the log, for the tool window. Any thread. */
public final class LogLines implements Log {
    static final int KEPT = 1_000;

    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss");

    private final Deque<String> lines = new ArrayDeque<>();
    private final List<Consumer<String>> listeners = new CopyOnWriteArrayList<>();
    private final BiConsumer<String, Throwable> defects;

    /** Defects of ours go to the IDE's own log as well. */
    LogLines(BiConsumer<String, Throwable> defects) {
        this.defects = defects;
    }

    @Override
    public void info(String words) {
        add(words);
    }

    @Override
    public void warn(String words) {
        add(words);
    }

    @Override
    public void defect(String words, Throwable error) {
        add(words + ": " + error);
        defects.accept(words, error);
    }

    /** What is kept, oldest first. */
    public synchronized List<String> lines() {
        return List.copyOf(lines);
    }

    /** Told of each new line, on the thread that wrote it; the caller takes itself off again. */
    public Runnable listen(Consumer<String> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    private void add(String words) {
        String line = LocalTime.now().format(TIME) + "  " + words;
        synchronized (this) {
            lines.addLast(line);
            if (lines.size() > KEPT) {
                lines.removeFirst();
            }
        }
        listeners.forEach(listener -> listener.accept(line));
    }
}
