package io.hotbridge.ide;

import com.intellij.core.CoreApplicationEnvironment;
import com.intellij.mock.MockApplication;
import com.intellij.mock.MockFileIndexFacade;
import com.intellij.mock.MockProject;
import com.intellij.openapi.Disposable;
import com.intellij.openapi.editor.impl.DocumentWriteAccessGuard;
import com.intellij.openapi.roots.FileIndexFacade;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.vfs.SavingRequestor;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.vfs.VirtualFileManager;
import com.intellij.openapi.vfs.newvfs.events.VFileContentChangeEvent;
import com.intellij.openapi.vfs.newvfs.events.VFileEvent;
import java.nio.file.Path;
import java.util.List;

/** The platform's own core, as far as it runs without an IDE: application, projects, buses. */
public final class Platform implements AutoCloseable {
    private final Disposable life = Disposer.newDisposable("test");
    private final CoreApplicationEnvironment environment = new CoreApplicationEnvironment(life);

    public Platform() {
        // Documents ask for these before each change.
        CoreApplicationEnvironment.registerExtensionPoint(
                application().getExtensionArea(),
                DocumentWriteAccessGuard.EP_NAME,
                DocumentWriteAccessGuard.class);
    }

    public MockApplication application() {
        return environment.getApplication();
    }

    public Disposable life() {
        return life;
    }

    public MockProject project() {
        MockProject project = new MockProject(application().getPicoContainer(), life);
        project.registerService(FileIndexFacade.class, new MockFileIndexFacade(project));
        return project;
    }

    /** One whose content is what lies below the folder. */
    public MockProject project(Path content) {
        MockProject project = new MockProject(application().getPicoContainer(), life);
        project.registerService(
                FileIndexFacade.class,
                new MockFileIndexFacade(project) {
                    @Override
                    public boolean isInContent(VirtualFile file) {
                        return Path.of(file.getPath()).startsWith(content);
                    }
                });
        return project;
    }

    public VirtualFile file(Path path) {
        VirtualFile file = environment.getLocalFileSystem().findFileByPath(path.toString());
        if (file == null) {
            throw new IllegalArgumentException(path + " is not there");
        }
        return file;
    }

    /** As the platform tells of its own saves. */
    public static VFileEvent saved(VirtualFile file) {
        return new VFileContentChangeEvent(new Saver(), file, 1, 2, false);
    }

    /** As it tells of what it found to be changed on the disk. */
    public static VFileEvent refreshed(VirtualFile file) {
        return new VFileContentChangeEvent(null, file, 1, 2, true);
    }

    public void publish(VFileEvent... events) {
        application()
                .getMessageBus()
                .syncPublisher(VirtualFileManager.VFS_CHANGES)
                .after(List.of(events));
    }

    @Override
    public void close() {
        Disposer.dispose(life);
    }

    /** Whoever saves documents is one of these. */
    public static final class Saver implements SavingRequestor {}
}
