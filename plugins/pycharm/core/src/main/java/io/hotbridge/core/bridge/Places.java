package io.hotbridge.core.bridge;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** Where the bridge keeps its files, by the environment that we were started with. */
public final class Places {
    private Places() {}

    public static Path state(Map<String, String> environment) {
        return absolute(environment.get("XDG_STATE_HOME"))
                .orElseGet(() -> home(environment).resolve(".local/state"))
                .resolve("hotbridge");
    }

    public static Path config(Map<String, String> environment) {
        return absolute(environment.get("XDG_CONFIG_HOME"))
                .orElseGet(() -> home(environment).resolve(".config"))
                .resolve("hotbridge/config");
    }

    static Optional<Path> runtime(Map<String, String> environment) {
        return absolute(environment.get("XDG_RUNTIME_DIR"));
    }

    public static Path home(Map<String, String> environment) {
        return absolute(environment.get("HOME"))
                .orElseGet(() -> Path.of(System.getProperty("user.home")));
    }

    /** Empty and relative variables count as not set. */
    static Optional<Path> absolute(String value) {
        try {
            return Optional.ofNullable(value).map(Path::of).filter(Path::isAbsolute);
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }
}
