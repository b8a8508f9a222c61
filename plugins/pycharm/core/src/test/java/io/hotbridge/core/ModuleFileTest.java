package io.hotbridge.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.wire.Target;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a module: its bytes, its marker, and what a save of it means. */
class ModuleFileTest {
    private static final long MAX = 8 << 20;
    private final Path folder = Tests.folder();

    @AfterEach
    void end() throws Exception {
        Tests.remove(folder);
    }

    private ModuleFile read(byte[] bytes) throws Exception {
        return ModuleFile.read(Files.write(folder.resolve("a.py"), bytes), MAX);
    }

    private ModuleFile read(String text) throws Exception {
        return read(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x = 1\n", "\uFEFFx\r\ny\rz\n", "# Zażółć 😀\n", "\uFEFF\uFEFFx"})
    void theExactBytes(String text) throws Exception {
        ModuleFile file = read(text);
        assertEquals("a.py", file.name());
        assertEquals(text, file.source(MAX));
        assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), file.bytes());
    }

    @Test
    void whatIsNotUtf8IsNamedAndNotSentWithMarksOfReplacement() throws Exception {
        byte[][] wrong = {
            {(byte) 0xe9}, {(byte) 0xff, (byte) 0xfe, 0x41, 0}, {(byte) 0xc0, (byte) 0x80},
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, {0x41, (byte) 0xf0, (byte) 0x9f}
        };
        for (byte[] bytes : wrong) {
            ModuleFile file = read(bytes);
            Trouble trouble = assertThrows(Trouble.Unsendable.class, () -> file.source(MAX));
            assertTrue(trouble.getMessage().startsWith("a.py is not UTF-8"));
        }
        ModuleFile nul = read("a\0b");
        assertTrue(
                assertThrows(Trouble.Unsendable.class, () -> nul.source(MAX))
                        .getMessage()
                        .contains("NUL"));
    }

    @Test
    void aMissingFileAFolderAndOneThatIsTooLongForAMessage() throws Exception {
        assertThrows(
                Trouble.Unsendable.class, () -> ModuleFile.read(folder.resolve("no.py"), MAX));
        Path sub = Files.createDirectory(folder.resolve("folder.py"));
        assertThrows(Trouble.Unsendable.class, () -> ModuleFile.read(sub, MAX));
        Trouble large =
                assertThrows(Trouble.Unsendable.class, () -> read("x".repeat(9 << 20)));
        assertEquals(
                "a.py has 9.0 MB, more than the bridge takes in one message",
                large.getMessage());
        assertEquals(
                2 << 20,
                read("x".repeat(2 << 20)).source(MAX).length(),
                "the bridge says no to this one, not we");
        ModuleFile escaped = read("\u0001".repeat(2 << 20));
        assertThrows(Trouble.Unsendable.class, () -> escaped.source(MAX));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# zato: ide-deploy=True", "#zato:ide-deploy=true",
                "  # \t zato  :  ide-deploy  =  TRUE  ", "x = 1  # zato: ide-deploy=True",
                "# zato: ide-deploy=True, please", "\uFEFF# zato: ide-deploy=True"
            })
    void theMarkerAsTheBridgeKnowsIt(String line) {
        for (String end : List.of("\n", "\r\n", "\r")) {
            assertTrue(SaveRules.hasMarker(end + end + line + end), line);
            assertTrue(SaveRules.hasMarker(line), line);
            assertTrue(SaveRules.hasMarker(end.repeat(99) + line), line);
            assertFalse(SaveRules.hasMarker(end.repeat(100) + line), line);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "# zato: ide-deploy=False", "zato: ide-deploy=True", "# zato: deploy=True",
                "# zato: ide-deploy=Truely", "# zato: ide-deploy=True_", "# zato: ide-deploy",
                "# zato: ide-deploy=Tru", "# ZATO: ide-deploy=True", "#", ""
            })
    void noMarkers(String line) {
        assertFalse(SaveRules.hasMarker(line), line);
    }

    @ParameterizedTest
    @CsvSource({
        "marker, none, true, true", "marker, none, false, false", "always, none, false, true",
        "never, none, true, false", "marker, manual, true, false", "always, confirm, false, true",
        "of a newer bridge, none, true, true"
    })
    void whetherSilenceWouldMislead(
            String onSave, String guard, boolean marker, boolean wanted) {
        Target target = new Target("dev", true, onSave, guard, List.of(), List.of());
        assertEquals(wanted, SaveRules.isWanted(Optional.of(target), marker));
        assertEquals(marker, SaveRules.isWanted(Optional.empty(), marker));
    }

    @Test
    void modulesByName() {
        assertTrue(SaveRules.isModule(Path.of("/a/crm.py")));
        for (String other : List.of("/a/crm.pyc", "/a/crm", "/a/py", "/", "/a/crm.py.txt")) {
            assertFalse(SaveRules.isModule(Path.of(other)), other);
        }
    }
}
