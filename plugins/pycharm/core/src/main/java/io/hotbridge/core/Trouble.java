package io.hotbridge.core;

import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/**
 * What can go wrong, each kind with words for the user. Futures of this module fail with one of
 * these and with nothing else, save for defects of our own.
 */
public abstract sealed class Trouble extends RuntimeException {
    private Trouble(String message) {
        super(message);
    }

    /** The cause below the wrappings that futures put around it. */
    public static Throwable unwrap(Throwable error) {
        Throwable inner = error;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /** There is no {@code hotbridge} program to run. */
    public static final class Missing extends Trouble {
        public Missing(String message) {
            super(message);
        }
    }

    /** A file of the bridge's that somebody else could have written or read. */
    public static final class Insecure extends Trouble {
        public Insecure(String message) {
            super(message);
        }
    }

    /** The program ran, and said why it could not do it. */
    public static final class Command extends Trouble {
        private final int exitCode;

        /** An exit code of -1: it was ended before it had one. */
        public Command(String message, int exitCode) {
            super(message);
            this.exitCode = exitCode;
        }

        public int exitCode() {
            return exitCode;
        }
    }

    /** No connection could be made. */
    public static final class Connect extends Trouble {
        /** Why. */
        public enum Failure {
            /** Nobody listens: the files are left over, whatever the pid has become. */
            REFUSED,
            /** Closed before it was ready. */
            CLOSED,
            /** The token is not the one in force: the bridge was started anew. */
            UNAUTHORIZED,
            /** What answered has not the key of bridge.json. */
            IMPOSTOR,
            /** The bridge speaks other protocols than ours. */
            PROTOCOL,
            /** What answered does not speak the protocol at all. */
            GARBAGE,
            TIMEOUT
        }

        private final Failure failure;

        public Connect(Failure failure, String message) {
            super(message);
            this.failure = failure;
        }

        public Failure failure() {
            return failure;
        }
    }

    /** The connection ended before the answer came, or there is none. */
    public static final class Lost extends Trouble {
        public Lost(String message) {
            super(message);
        }
    }

    /** What the bridge sent is not the protocol. */
    public static final class Garbled extends Trouble {
        public Garbled(String message) {
            super(message);
        }
    }

    /** The bridge answered with an error; its message is for the user. */
    public static final class Refused extends Trouble {
        private final int code;
        private final String reason;
        private final List<Integer> protocols;

        public Refused(String message, int code, String reason, List<Integer> protocols) {
            super(message);
            this.code = code;
            this.reason = reason;
            this.protocols = List.copyOf(protocols);
        }

        public int code() {
            return code;
        }

        /** {@code data.reason}; empty where there is none. */
        public String reason() {
            return reason;
        }

        public boolean is(String what) {
            return reason.equals(what);
        }

        /** Those that the bridge speaks, where it refused ours. */
        public List<Integer> protocols() {
            return protocols;
        }
    }

    /** A newer save of the module took this one's place before it was sent. */
    public static final class Replaced extends Trouble {
        public Replaced(String message) {
            super(message);
        }
    }

    /** The bridge was away too long: what was saved then is not deployed now. */
    public static final class TooLate extends Trouble {
        public TooLate(String message) {
            super(message);
        }
    }

    /** The file cannot be sent. */
    public static final class Unsendable extends Trouble {
        public Unsendable(String message) {
            super(message);
        }
    }
}
