package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.vfs.VirtualFileManager;
import com.intellij.openapi.vfs.newvfs.events.VFileContentChangeEvent;
import com.intellij.openapi.vfs.newvfs.events.VFileDeleteEvent;
import com.intellij.openapi.vfs.newvfs.events.VFileEvent;
import com.intellij.openapi.vfs.newvfs.events.VFileMoveEvent;
import com.intellij.openapi.vfs.newvfs.events.VFilePropertyChangeEvent;
import com.intellij.testFramework.LightVirtualFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which of the platform's events are saves, on its own message bus. */
class SaveListenerTest {
    @TempDir Path folder;

    private final Platform platform = new Platform();
    private final List<Path> saved = new ArrayList<>();

    @BeforeEach
    void listen() {
        platform.application()
                .getMessageBus()
                .connect(platform.life())
                .subscribe(VirtualFileManager.VFS_CHANGES, new SaveListener(saved::add));
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void saveAllWithFiveModulesTellsOfFive() throws IOException {
        List<VirtualFile> files = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            files.add(file("module" + i + ".py"));
        }
        platform.publish(files.stream().map(Platform::saved).toArray(VFileEvent[]::new));
        assertEquals(
                IntStream.range(0, 5).mapToObj(i -> folder.resolve("module" + i + ".py")).toList(),
                saved);
    }

    @Test
    void oneSaveAfterTheOtherTellsOfEach() throws IOException {
        VirtualFile file = file("crm.py");
        platform.publish(Platform.saved(file));
        platform.publish(Platform.saved(file));
        assertEquals(2, saved.size());
    }

    @Test
    void aCheckoutTellsOfNothing() throws IOException {
        platform.publish(Platform.refreshed(file("one.py")), Platform.refreshed(file("two.py")));
        assertEquals(List.of(), saved);
    }

    @Test
    void aSaveAmongChangesFromOutsideIsFound() throws IOException {
        platform.publish(
                Platform.refreshed(file("one.py")),
                Platform.saved(file("mine.py")),
                Platform.refreshed(file("two.py")));
        assertEquals(List.of(folder.resolve("mine.py")), saved);
    }

    @Test
    void whatIsNoChangeOfContentIsNoSave() throws IOException {
        VirtualFile file = file("crm.py");
        Platform.Saver saver = new Platform.Saver();
        platform.publish(
                new VFileMoveEvent(saver, file, file.getParent()),
                new VFileDeleteEvent(saver, file, false),
                new VFilePropertyChangeEvent(
                        saver, file, VirtualFile.PROP_NAME, "old.py", "crm.py", false));
        assertEquals(List.of(), saved);
    }

    @Test
    void aWriteByAnotherPluginIsNoSave() throws IOException {
        VirtualFile file = file("crm.py");
        platform.publish(
                new VFileContentChangeEvent(
                        new Object(), file, 1, 2, false));
        assertEquals(List.of(), saved);
    }

    @Test
    void otherFilesAreNoModules() throws IOException {
        platform.publish(
                Platform.saved(file("notes.txt")),
                Platform.saved(file("crm.pyc")),
                Platform.saved(file("py")),
                Platform.saved(file(".py.swp")),
                Platform.saved(new LightVirtualFile("version.py", "pass")));
        assertEquals(List.of(), saved);
    }

    private VirtualFile file(String name) throws IOException {
        return platform.file(Files.writeString(folder.resolve(name), "pass\n"));
    }
}
