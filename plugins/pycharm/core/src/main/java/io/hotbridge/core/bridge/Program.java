package io.hotbridge.core.bridge;

import io.hotbridge.core.Trouble;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The program hotbridge: found, and run without a shell. It blocks: not for the thread of the user
 * interface.
 */
public final class Program {
    private static final Duration START = Duration.ofSeconds(20);
    private static final int OUTPUT_MAX = 4 << 20;

    private final Map<String, String> environment;
    private final Threads threads;

    public Program(Map<String, String> environment, Threads threads) {
        this.environment = Map.copyOf(environment);
        this.threads = threads;
    }

    /**
     * What the setting names, else the first on PATH, else where installers put it. Relative
     * entries of PATH are passed over, so that no project can slip a program in.
     *
     * @throws Trouble.Missing where there is none
     */
    public Path find(String setting) {
        if (!setting.isEmpty()) {
            Path file = expand(setting);
            if (file == null) {
                throw new Trouble.Missing(
                        "the path of the program must be absolute, and is \"" + setting + "\"");
            }
            if (isProgram(file)) {
                return file;
            }
            throw new Trouble.Missing(
                    "there is no program at " + file + ", where the settings point");
        }
        for (Path folder : folders()) {
            Path file = folder.resolve("hotbridge");
            if (isProgram(file)) {
                return file;
            }
        }
        throw new Trouble.Missing("the program hotbridge is not installed");
    }

    private List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        for (String entry : environment.getOrDefault("PATH", "").split(File.pathSeparator)) {
            Places.absolute(entry).ifPresent(folders::add);
        }
        folders.add(Places.home(environment).resolve(".local/bin"));
        folders.add(Path.of("/usr/local/bin"));
        folders.add(Path.of("/usr/bin"));
        folders.add(Path.of("/opt/homebrew/bin"));
        return folders;
    }

    private Path expand(String setting) {
        try {
            if (setting.equals("~") || setting.startsWith("~/")) {
                return Places.home(environment)
                        .resolve(setting.substring(Math.min(2, setting.length())));
            }
            Path file = Path.of(setting);
            return file.isAbsolute() ? file : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    private static boolean isProgram(Path file) {
        return Files.isRegularFile(file) && Files.isExecutable(file);
    }

    /** Starts the bridge unless it runs, and returns once it can be connected to. */
    public void start(String setting) {
        run(find(setting), START, "start", "--json");
    }

    /** What it said, and how it ended. */
    public record Output(int code, String out, String error) {}

    /**
     * Its standard output.
     *
     * @throws Trouble.Command where it exits with another code than 0, in its own words
     */
    public String run(Path program, Duration timeout, String... arguments) {
        Output output = runAnyhow(program, timeout, arguments);
        if (output.code() == 0) {
            return output.out();
        }
        String words = (output.error().isBlank() ? output.out() : output.error()).strip();
        throw new Trouble.Command(
                words.isEmpty() ? program + " ended with " + output.code() : words,
                output.code());
    }

    /** Whatever it exits with. */
    public Output runAnyhow(Path program, Duration timeout, String... arguments) {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        File home = Places.home(environment).toFile();
        builder.directory(home.isDirectory() ? home : null);
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new Trouble.Missing(program + " cannot be run: " + e.getMessage());
        }
        try {
            process.getOutputStream().close();
            CompletableFuture<String> output = drain(process.getInputStream());
            CompletableFuture<String> words = drain(process.getErrorStream());
            if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new Trouble.Command(
                        program + " " + String.join(" ", arguments) + " did not end in time", -1);
            }
            String said = output.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            String why = words.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return new Output(process.exitValue(), said, why);
        } catch (InterruptedException e) {
            throw new Trouble.Lost("the plug-in is shutting down");
        } catch (IOException | ExecutionException | TimeoutException e) {
            throw new Trouble.Command(program + " cannot be read: " + e.getMessage(), -1);
        } finally {
            process.destroyForcibly();
        }
    }

    /** All of it is read, so that the program never waits for us; what is too much is dropped. */
    private CompletableFuture<String> drain(InputStream stream) {
        return threads.off(
                () -> {
                    try (stream) {
                        byte[] kept = stream.readNBytes(OUTPUT_MAX);
                        stream.transferTo(OutputStream.nullOutputStream());
                        return new String(kept, StandardCharsets.UTF_8);
                    }
                });
    }
}
