package io.hotbridge.core.bridge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Log;
import io.hotbridge.core.Tests;
import io.hotbridge.core.Trouble;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ProgramTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private final Path home = Tests.folder();
    private final Threads threads = new Threads(Log.NONE);

    @AfterEach
    void end() throws Exception {
        threads.close();
        Tests.remove(home);
    }

    private Program program(String path) {
        return new Program(Map.of("HOME", home.toString(), "PATH", path), threads);
    }

    private Path script(String name, String text) throws Exception {
        Path file = home.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void theSettingThenThePathAndNeverARelativeFolder() throws Exception {
        Path onPath = script("bin/hotbridge", "echo $*");
        assertEquals(onPath, program(".:" + home.resolve("bin")).find(""));
        Path set = script("my/hb", "");
        assertEquals(set, program("").find(set.toString()));
        assertEquals(set, program("").find("~/my/hb"));
        for (String wrong : new String[] {"hotbridge", "./hotbridge", "\0", home.toString()}) {
            assertThrows(Trouble.Missing.class, () -> program("").find(wrong));
        }
        Path local = script(".local/bin/hotbridge", "");
        assertEquals(local, program("").find(""));
    }

    @Test
    void argumentsAreNotReadByAShell() throws Exception {
        Path echo = script("echo", "printf '%s|' \"$@\"");
        assertEquals("a b|$HOME|;|", program("").run(echo, LONG, "a b", "$HOME", ";"));
    }

    @Test
    void itsOwnWordsAreItsError() throws Exception {
        Path fails = script("fails", "echo out; echo why >&2; exit 8");
        Trouble.Command error =
                assertThrows(Trouble.Command.class, () -> program("").run(fails, LONG));
        assertEquals("why", error.getMessage());
        assertEquals(8, error.exitCode());
        Path quiet = script("quiet", "exit 3");
        error = assertThrows(Trouble.Command.class, () -> program("").run(quiet, LONG));
        assertTrue(error.getMessage().contains("ended with 3"));
    }

    @Test
    void oneThatDoesNotEndIsGivenUp() throws Exception {
        Path slow = script("slow", "exec sleep 60");
        Trouble.Command error =
                assertThrows(
                        Trouble.Command.class,
                        () -> program("/usr/bin:/bin").run(slow, Duration.ofMillis(100)));
        assertTrue(error.getMessage().contains("did not end in time"));
    }

    @Test
    void oneThatCannotBeRunIsMissing() throws Exception {
        Path odd = home.resolve("odd");
        Files.writeString(odd, "not a program");
        Files.setPosixFilePermissions(odd, PosixFilePermissions.fromString("rw-------"));
        assertThrows(Trouble.Missing.class, () -> program("").run(odd, LONG));
    }

    @Test
    void muchOutputDoesNotStopIt() throws Exception {
        Path much = script("much", "head -c 9000000 /dev/zero; head -c 9000000 /dev/zero >&2");
        assertEquals(4 << 20, program("/usr/bin:/bin").run(much, LONG).length());
    }
}
