package io.hotbridge.ide.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Settings;
import io.hotbridge.core.Settings.Notify;
import io.hotbridge.ide.Pictures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The settings page's fields. */
class SettingsPanelTest {
    @TempDir Path folder;

    private final SettingsPanel panel = new SettingsPanel(() -> {});

    @Test
    void whatIsShownIsWhatIsRead() throws IOException {
        Settings settings = new Settings("/opt/bin/hotbridge", false, Notify.FAILURES);
        panel.show(settings, "prod", List.of("dev", "prod"));
        assertEquals(settings, panel.settings());
        assertEquals("prod", panel.target());
        assertTrue(Pictures.colors(Pictures.draw("settings", panel, 720, 260)) > 10);
    }

    @Test
    void aTargetThatIsNotKnownIsKept() {
        panel.show(Settings.USUAL, "gone", List.of("dev"));
        assertEquals("gone", panel.target());
    }

    @Test
    void noTargetIsTheBridgesOwn() {
        panel.show(Settings.USUAL, "", List.of("dev"));
        assertEquals("", panel.target());
    }

    @Test
    void onlyAProgramIsTakenForOne() throws IOException {
        Path file = Files.writeString(folder.resolve("hotbridge"), "#!/bin/sh\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertFalse(SettingsPage.isProgram(file.toString()));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
        assertTrue(SettingsPage.isProgram(file.toString()));
        assertFalse(SettingsPage.isProgram(folder.toString()));
        assertFalse(SettingsPage.isProgram("hotbridge"));
        assertFalse(SettingsPage.isProgram("\0"));
        assertFalse(SettingsPage.isProgram(folder.resolve("nothing").toString()));
    }
}
