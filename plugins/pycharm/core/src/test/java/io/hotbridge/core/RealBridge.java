package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.bridge.BridgeFinder;
import io.hotbridge.core.bridge.BridgeInfo;
import io.hotbridge.core.bridge.ClientOptions;
import io.hotbridge.core.bridge.Program;
import io.hotbridge.core.bridge.Threads;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The real bridge with the stand-in servers, in a place of its own. */
public final class RealBridge implements AutoCloseable {
    private static final Path STAND_IN = Tests.root().resolve("examples/demo-server");
    private static final String PYTHON =
            Files.exists(Path.of("/usr/bin/python3")) ? "/usr/bin/python3" : "python3";

    public final Path home = Tests.folder();
    public final Map<String, String> environment = new HashMap<>();
    private final List<Process> servers = new ArrayList<>();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final Threads threads = new Threads(Log.NONE);
    private final Program program;

    public RealBridge() throws IOException {
        environment.put("HOME", home.toString());
        environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        environment.put("LANG", "C.UTF-8");
        environment.put("GIT_CONFIG_NOSYSTEM", "1");
        for (String name : List.of("CONFIG_HOME", "STATE_HOME", "RUNTIME_DIR")) {
            Path folder = home.resolve(name.toLowerCase());
            Files.createDirectory(
                    folder,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rwx------")));
            environment.put("XDG_" + name, folder.toString());
        }
        Files.writeString(
                home.resolve(".gitconfig"),
                "[user]\n\tname = Ann Example\n\temail = ann@example.org\n");
        program = new Program(environment, threads);
    }

    /** A target of two stand-in servers that run; settings by pairs. */
    public List<Path> target(String name, String... settings) throws IOException {
        Path folder = home.resolve("qs-" + name);
        python("create", folder.toString(), "--profile", "zato-3.2", "--servers", "2");
        List<Path> paths = List.of(folder.resolve("server1"), folder.resolve("server2"));
        run(name, paths);
        Path config = Path.of(environment.get("XDG_CONFIG_HOME"), "hotbridge/config");
        Files.createDirectories(config.getParent());
        StringBuilder lines = new StringBuilder();
        if (!Files.exists(config)) {
            lines.append("[bridge]\n\tdefaultTarget = ").append(name).append('\n');
        }
        lines.append("[target \"").append(name).append("\"]\n");
        paths.forEach(path -> lines.append("\tserver = ").append(path).append('\n'));
        for (int i = 0; i < settings.length; i += 2) {
            lines.append('\t').append(settings[i]).append(" = ").append(settings[i + 1]);
            lines.append('\n');
        }
        Files.writeString(
                config, lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        return paths;
    }

    private void run(String name, List<Path> paths) throws IOException {
        List<String> command = new ArrayList<>(List.of(PYTHON, STAND_IN.toString(), "run"));
        paths.forEach(path -> command.add(path.toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Process process = builder.start();
        servers.add(process);
        BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        for (int ready = 0; ready < paths.size(); ready++) {
            if (lines.readLine() == null) {
                throw new IllegalStateException("the servers of " + name + " did not start");
            }
        }
    }

    /** Turns a knob of a stand-in. */
    public void turn(Path server, String knob, String value) {
        python("ctl", server.toString(), knob, value);
    }

    private void python(String... arguments) {
        List<String> command = new ArrayList<>(List.of(STAND_IN.toString()));
        command.addAll(List.of(arguments));
        program.run(Path.of(PYTHON), Duration.ofSeconds(30), command.toArray(String[]::new));
    }

    public String command(String... arguments) {
        return program.run(Tests.program(), Duration.ofSeconds(30), arguments);
    }

    /** With SIGKILL, and it is gone when this returns. */
    public void kill() throws Exception {
        BridgeInfo info = new BridgeFinder(environment).find().orElseThrow();
        ProcessHandle.of(info.pid()).orElseThrow().destroyForcibly();
        Tests.until("the end of the bridge", () -> new BridgeFinder(environment).find().isEmpty());
    }

    public BridgeClient client() {
        BridgeFinder finder = new BridgeFinder(environment);
        BridgeClient client =
                new BridgeClient(
                        new ClientOptions(
                                "test",
                                "1",
                                finder::find,
                                () -> {
                                    program.start(Tests.program().toString());
                                    return null;
                                },
                                Log.NONE),
                        threads);
        opened.add(client);
        return client;
    }

    /** The whole core, as the IDE has it. */
    public Hotbridge hotbridge(Settings settings) {
        return hotbridge(settings, Log.NONE);
    }

    public Hotbridge hotbridge(Settings settings, Log log) {
        Hotbridge hotbridge = new Hotbridge("test", "1", () -> settings, environment, log);
        opened.add(hotbridge);
        return hotbridge;
    }

    public Hotbridge hotbridge() {
        return hotbridge(new Settings(Tests.program().toString(), true, Settings.Notify.ALL));
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        if (new BridgeFinder(environment).find().isPresent()) {
            command("stop");
        }
        servers.forEach(Process::destroy);
        for (Process server : servers) {
            if (!server.waitFor(30, TimeUnit.SECONDS)) {
                server.destroyForcibly();
            }
        }
        threads.close();
        Tests.remove(home);
    }
}
