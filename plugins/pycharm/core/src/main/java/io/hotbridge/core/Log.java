package io.hotbridge.core;

/** Where words for the log go. They never hold source, token or key. */
public interface Log {
    void info(String words);

    void warn(String words);

    /** A defect of ours. */
    void defect(String words, Throwable error);

    Log NONE =
            new Log() {
                @Override
                public void info(String words) {}

                @Override
                public void warn(String words) {}

                @Override
                public void defect(String words, Throwable error) {}
            };
}
