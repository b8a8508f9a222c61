package io.hotbridge.ide.actions;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.testFramework.LightVirtualFile;
import io.hotbridge.ide.Modules;
import io.hotbridge.ide.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files the actions take, and which actions take several. */
class ActionsTest {
    @TempDir Path folder;

    private final Platform platform = new Platform();

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void whatIsChosenInTheProjectViewCountsBeforeTheEditor() throws IOException {
        VirtualFile one = file("one.py");
        VirtualFile two = file("two.py");
        assertEquals(List.of(one, two), Modules.among(new VirtualFile[] {one, two}, one));
        assertEquals(List.of(one), Modules.among(null, one));
        assertEquals(List.of(one), Modules.among(new VirtualFile[0], one));
        assertEquals(List.of(), Modules.among(null, null));
    }

    @Test
    void withSomethingElseAmongThemThereIsNothingToDeploy() throws IOException {
        VirtualFile module = file("one.py");
        VirtualFile text = file("notes.txt");
        VirtualFile folderOfThatName = platform.file(Files.createDirectory(folder.resolve("lib.py")));
        assertEquals(List.of(), Modules.among(new VirtualFile[] {module, text}, module));
        assertEquals(List.of(), Modules.among(new VirtualFile[] {module, folderOfThatName}, module));
        assertEquals(List.of(), Modules.among(null, new LightVirtualFile("version.py")));
    }

    @Test
    void severalAreDeployedAtOnceButNotToSeveralTargets() throws IOException {
        List<VirtualFile> two = List.of(file("one.py"), file("two.py"));
        assertTrue(new DeployAction().isPossible(two));
        assertFalse(new DeployAction().isPossible(List.of()));
        assertFalse(new DeployToAction().isPossible(two));
        assertFalse(new HistoryAction().isPossible(two));
        assertTrue(new DeployToAction().isPossible(two.subList(0, 1)));
    }

    @Test
    void aFileThatIsGoneIsNone() {
        assertEquals(Optional.empty(), Modules.at(Optional.of(folder.resolve("gone.py"))));
        assertEquals(Optional.empty(), Modules.at(Optional.empty()));
    }

    private VirtualFile file(String name) throws IOException {
        return platform.file(Files.writeString(folder.resolve(name), "pass\n"));
    }
}
