package io.hotbridge.core.bridge;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where the bridge is. The lock file has the last word, since the IDE and the bridge may have been
 * started with different environments. Both files are read afresh for every connection. It reads
 * files: not for the thread of the user interface.
 */
public final class BridgeFinder {
    private static final Pattern PROOF = Pattern.compile("([0-9a-fA-F]{2}){16,64}");
    private static final Pattern LOOPBACK =
            Pattern.compile("ws://(127\\.0\\.0\\.1|localhost|\\[::1\\]):[0-9]{1,5}/?");

    private final Map<String, String> environment;

    public BridgeFinder(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * The bridge that runs. Never one whose process is gone.
     *
     * @throws Trouble.Insecure where a file is one that others could have written or read
     */
    public Optional<BridgeInfo> find() throws IOException {
        for (Path file : candidates()) {
            Optional<BridgeInfo> info =
                    OwnFile.read(file, OwnFile.SECRET).flatMap(text -> parse(text, file));
            if (info.isPresent() && isAlive(info.get().pid())) {
                return info;
            }
        }
        return Optional.empty();
    }

    private Set<Path> candidates() throws IOException {
        Path state = Places.state(environment);
        Set<Path> files = new LinkedHashSet<>();
        OwnFile.read(state.resolve("lock"), OwnFile.NOT_WRITABLE)
                .flatMap(BridgeFinder::object)
                .flatMap(lock -> text(lock, "bridge"))
                .flatMap(Places::absolute)
                .ifPresent(files::add);
        Places.runtime(environment)
                .ifPresent(runtime -> files.add(runtime.resolve("hotbridge/bridge.json")));
        files.add(state.resolve("run/bridge.json"));
        return files;
    }

    /** A file that is being written, or is damaged, is no bridge. */
    private static Optional<BridgeInfo> parse(String content, Path file) {
        Optional<JsonObject> object = object(content);
        if (object.isEmpty()) {
            return Optional.empty();
        }
        JsonObject value = object.get();
        double pid = number(value, "pid");
        Optional<String> url = text(value, "url");
        Optional<String> token = text(value, "token");
        Optional<String> proof = text(value, "proof");
        if (pid < 1
                || pid != Math.rint(pid)
                || url.isEmpty()
                || token.isEmpty()
                || proof.filter(key -> PROOF.matcher(key).matches()).isEmpty()) {
            return Optional.empty();
        }
        if (!LOOPBACK.matcher(url.get()).matches()) {
            throw new Trouble.Insecure(
                    file + " names " + url.get()
                            + ", which is not on this machine; nothing was sent there");
        }
        return Optional.of(
                new BridgeInfo(
                        (long) pid,
                        url.get(),
                        token.get(),
                        proof.get(),
                        text(value, "version").orElse(""),
                        (int) Math.max(0, number(value, "protocol")),
                        file));
    }

    private static Optional<JsonObject> object(String text) {
        try {
            JsonElement value = Protocol.parseJson(text);
            return value.isJsonObject() ? Optional.of(value.getAsJsonObject()) : Optional.empty();
        } catch (Trouble.Garbled e) {
            return Optional.empty();
        }
    }

    private static Optional<String> text(JsonObject object, String name) {
        return object.get(name) instanceof JsonPrimitive value && value.isString()
                ? Optional.of(value.getAsString())
                : Optional.empty();
    }

    private static double number(JsonObject object, String name) {
        return object.get(name) instanceof JsonPrimitive value && value.isNumber()
                ? value.getAsDouble()
                : -1;
    }

    static boolean isAlive(long pid) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false) && !isZombie(pid);
    }

    /** Killed, and not yet taken off the list of processes. */
    private static boolean isZombie(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            int at = stat.lastIndexOf(')') + 2;
            return at < stat.length() && "ZX".indexOf(stat.charAt(at)) >= 0;
        } catch (IOException e) {
            return false; // no such file system here, or it has just gone
        }
    }
}
