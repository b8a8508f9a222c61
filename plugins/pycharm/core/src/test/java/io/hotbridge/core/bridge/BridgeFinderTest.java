package io.hotbridge.core.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import io.hotbridge.core.Tests;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Protocol;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the bridge is looked for, and which files are not believed. */
class BridgeFinderTest {
    private Path home;
    private Map<String, String> environment;
    private Path inState;
    private Path inRuntime;
    private Path lock;

    @BeforeEach
    void begin() {
        home = Tests.folder();
        environment = new HashMap<>();
        environment.put("HOME", home.toString());
        environment.put("XDG_STATE_HOME", home.resolve("state").toString());
        environment.put("XDG_RUNTIME_DIR", home.resolve("runtime").toString());
        inState = home.resolve("state/hotbridge/run/bridge.json");
        inRuntime = home.resolve("runtime/hotbridge/bridge.json");
        lock = home.resolve("state/hotbridge/lock");
    }

    @AfterEach
    void end() throws Exception {
        Tests.remove(home);
    }

    /** A good one of a process that lives, but for these members; null leaves one out. */
    private static String json(Object... more) {
        JsonObject object =
                Protocol.params(
                        "pid", ProcessHandle.current().pid(),
                        "url", "ws://127.0.0.1:40123/",
                        "token", "7".repeat(64),
                        "proof", "ab".repeat(32),
                        "version", "0.1.0",
                        "protocol", 1);
        for (int i = 0; i < more.length; i += 2) {
            object.remove((String) more[i]);
            if (more[i + 1] == null) {
                object.add((String) more[i], JsonNull.INSTANCE);
            } else {
                Protocol.params(more[i], more[i + 1])
                        .entrySet()
                        .forEach(member -> object.add(member.getKey(), member.getValue()));
            }
        }
        return object.toString();
    }

    private static Path write(Path file, String text) throws Exception {
        return write(file, text, "rw-------");
    }

    private static Path write(Path file, String text, String mode) throws Exception {
        Files.createDirectories(file.getParent());
        for (Path folder = file.getParent(); folder.getNameCount() > 2; folder = folder.getParent()) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
        Files.writeString(file, text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    }

    private Optional<BridgeInfo> find() throws Exception {
        return new BridgeFinder(environment).find();
    }

    private Path found() throws Exception {
        return find().orElseThrow().file();
    }

    @Test
    void noFilesNoBridge() throws Exception {
        assertEquals(Optional.empty(), find());
    }

    @Test
    void inTheRuntimeFolderAndInTheStateFolder() throws Exception {
        write(inState, json());
        assertEquals(inState, found());
        write(inRuntime, json());
        assertEquals(inRuntime, found());
    }

    @Test
    void theLockFileHasTheLastWord() throws Exception {
        write(inRuntime, json());
        Path named = write(home.resolve("elsewhere/bridge.json"), json());
        write(lock, Protocol.params("pid", 1, "bridge", named.toString()).toString());
        assertEquals(named, found());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/gone.json", "relative.json", "", "\\u0000"})
    void aLockThatNamesNoFileIsPassedOver(String named) throws Exception {
        write(inState, json());
        write(lock, "{\"pid\": 1, \"bridge\": \"" + named + "\"}");
        assertEquals(inState, found());
    }

    @Test
    void emptyAndRelativeVariablesCountAsNotSet() throws Exception {
        Path file = write(home.resolve(".local/state/hotbridge/run/bridge.json"), json());
        environment.put("XDG_STATE_HOME", "");
        environment.put("XDG_RUNTIME_DIR", "run");
        assertEquals(file, found());
    }

    @Test
    void aBridgeWhoseProcessIsGoneIsNone() throws Exception {
        Process process = new ProcessBuilder("true").start();
        process.waitFor();
        write(inState, json("pid", process.pid()));
        assertEquals(Optional.empty(), find());
    }

    @Test
    void aBridgeThatWasKilledAndIsNotYetGoneFromTheListIsNone() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")));
        // A program that never asks for its child's end leaves it as a zombie; the shell itself,
        // which may ask, has to be gone before the child is killed.
        Process parent =
                new ProcessBuilder("sh", "-c", "sleep 60 & echo $!; exec sleep 60").start();
        try (BufferedReader lines =
                new BufferedReader(
                        new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
            String pid = lines.readLine();
            Tests.until(
                    "the shell is gone",
                    () ->
                            Files.readString(Path.of("/proc", "" + parent.pid(), "comm"))
                                    .equals("sleep\n"));
            ProcessHandle.of(Long.parseLong(pid)).orElseThrow().destroyForcibly();
            Tests.until(
                    "the zombie",
                    () -> Files.readString(Path.of("/proc", pid, "stat")).contains(") Z "));
            write(inState, json("pid", Long.valueOf(pid)));
            assertEquals(Optional.empty(), find());
        } finally {
            parent.destroyForcibly();
        }
    }

    @Test
    void damagedAndHalfWrittenFilesAreNoBridge() throws Exception {
        for (String text :
                new String[] {
                    "", "{", "null", "[]", "{'pid': 1}", json("pid", "1"), json("pid", -1),
                    json("pid", 1.5), json("pid", null), json("proof", "xyz"), json("token", null),
                    json("url", null), json() + "x"
                }) {
            write(inState, text);
            assertEquals(Optional.empty(), find(), text);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ws://example.org:80/", "ws://127.0.0.1.example.org:80/",
                "ws://127.0.0.1:80@example.org/", "wss://127.0.0.1:80/", "http://127.0.0.1:80/",
                "ws://127.0.0.2:80/", "ws://127.0.0.1:80/\nX: y"
            })
    void theTokenGoesToNoOtherMachine(String url) throws Exception {
        write(inState, json("url", url));
        assertThrows(Trouble.Insecure.class, this::find);
    }

    @Test
    void aFileThatOthersMayReadIsNotBelieved() throws Exception {
        write(inState, json(), "rw-r--r--");
        Trouble trouble = assertThrows(Trouble.Insecure.class, this::find);
        assertTrue(trouble.getMessage().contains("chmod go-rwx"), trouble.getMessage());
    }

    @Test
    void aFolderThatOthersMayWriteToIsNotBelieved() throws Exception {
        write(inState, json());
        Files.setPosixFilePermissions(
                inState.getParent(), PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThrows(Trouble.Insecure.class, this::find);
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path real = write(home.resolve("real.json"), json());
        write(inState, "");
        Files.delete(inState);
        Files.createSymbolicLink(inState, real);
        assertThrows(Trouble.Insecure.class, this::find);
    }

    @Test
    void anotherUsersFileIsNotBelieved() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can give files away");
        write(inState, json());
        Files.setAttribute(inState, "unix:uid", 1234);
        assertThrows(Trouble.Insecure.class, this::find);
    }

    @Test
    void aFifoOrAFolderInItsPlaceDoesNotHangUs() throws Exception {
        Files.createDirectories(inState);
        assertEquals(Optional.empty(), find());
        Files.delete(inState);
        assertEquals(
                0, new ProcessBuilder("mkfifo", inState.toString()).start().waitFor());
        assertEquals(Optional.empty(), find());
    }

    @Test
    void theGoldenFileIsReadAndItsSecretsAreNotInItsWords() throws Exception {
        String golden = Files.readString(Tests.root().resolve("tests/wire/files/bridge.json"));
        JsonObject expected = Protocol.parseJson(golden).getAsJsonObject();
        expected.addProperty("pid", ProcessHandle.current().pid());
        write(inState, expected.toString());
        BridgeInfo info = find().orElseThrow();
        assertEquals(expected.get("url").getAsString(), info.url());
        assertEquals(expected.get("token").getAsString(), info.token());
        assertEquals(expected.get("proof").getAsString(), info.proof());
        assertEquals(expected.get("version").getAsString(), info.version());
        assertEquals(expected.get("protocol").getAsInt(), info.protocol());
        assertFalse(info.toString().contains(info.token()));
        assertFalse(info.toString().contains(info.proof()));
    }

    @Test
    void theGoldenProofIsRight() {
        // The nonce and the answer of docs/protocol.md, with the key of its bridge.json.
        assertTrue(
                Proof.matches(
                        "8f3b1c0e5d7a49f2b6c8e1d3a5f7091b2c4d6e8fa0b1c2d3e4f5061728394a5b",
                        "9b1f0c7e52d84a63",
                        "f7b1b8b64eb3bba41a86e7d1abd93478ff3df46c563aae2cf15de322c7d0cbb5"));
    }
}
