package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.bridge.Program;
import io.hotbridge.core.bridge.Threads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The program's own commands, run without a shell and off the caller's thread. The futures fail
 * with a {@link Trouble}.
 */
public final class Commands {
    private static final Duration SHORT = Duration.ofSeconds(20);
    private static final Duration DOCTOR = Duration.ofSeconds(60);
    private static final Pattern NAME =
            Pattern.compile("(?!.*\\.\\.)(?!.*\\.lock$)(?!.*\\.$)[a-z0-9][a-z0-9._-]{0,62}");
    private static final Pattern OPEN =
            Pattern.compile("^\\s*(?:hotbridge\\s+)?open\\b", Pattern.MULTILINE);

    private final Program program;
    private final Supplier<Settings> settings;
    private final Threads threads;
    private final BridgeClient client;

    Commands(
            Program program, Supplier<Settings> settings, Threads threads, BridgeClient client) {
        this.program = program;
        this.settings = settings;
        this.threads = threads;
        this.client = client;
    }

    private Path binary() {
        return program.find(settings.get().binaryPath());
    }

    /** What {@code hotbridge doctor} says, whatever it found. */
    public CompletableFuture<List<String>> doctor() {
        return threads.off(
                () -> {
                    Program.Output said = program.runAnyhow(binary(), DOCTOR, "doctor");
                    return Stream.of(said.out(), said.error()).flatMap(String::lines).toList();
                });
    }

    /** Opens the page in the browser. */
    public CompletableFuture<Void> openPage() {
        return run("open");
    }

    /** Whether this bridge has a page to open; false where there is no program. */
    public CompletableFuture<Boolean> hasPage() {
        return threads.off(
                () -> {
                    try {
                        String help = program.runAnyhow(binary(), SHORT, "--help").out();
                        return OPEN.matcher(help).find();
                    } catch (Trouble e) {
                        return false;
                    }
                });
    }

    /** Adds a server's folder, or a folder of servers, and connects. */
    public CompletableFuture<Void> addTarget(String name, Path folder) {
        return run("target", "add", name, folder.toString())
                .thenCompose(added -> client.connect(true));
    }

    private CompletableFuture<Void> run(String... arguments) {
        return threads.off(
                () -> {
                    program.run(binary(), SHORT, arguments);
                    return null;
                });
    }

    /** Why this cannot be the name of a new target; empty: it can. */
    public String checkTargetName(String name) {
        if (!NAME.matcher(name).matches()) {
            return Text.get("target.name");
        }
        return client.targets().find(name).isPresent() ? Text.get("target.taken", name) : "";
    }
}
