package io.hotbridge.ide;

import com.intellij.openapi.vfs.StandardFileSystems;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.vfs.VirtualFileManager;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Files of the platform as paths, and back. */
final class ModuleFiles {
    private static final String EXTENSION = "py";

    private ModuleFiles() {}

    /** By its name alone, so that no plug-in for Python is needed. */
    static boolean isModule(VirtualFile file) {
        return file != null
                && !file.isDirectory()
                && isOnDisk(file)
                && EXTENSION.equals(file.getExtension());
    }

    /** Null: it is not on a disk. */
    static Path pathOf(VirtualFile file) {
        if (file == null || !isOnDisk(file)) {
            return null;
        }
        try {
            return Path.of(file.getPath());
        } catch (InvalidPathException notOfThisSystem) {
            return null;
        }
    }

    /** A scratch of the diff, an entry of a jar and the like are not. */
    private static boolean isOnDisk(VirtualFile file) {
        return StandardFileSystems.FILE_PROTOCOL.equals(file.getFileSystem().getProtocol());
    }

    /** Null: the platform does not know it, or it is gone. */
    static VirtualFile find(Path file) {
        return VirtualFileManager.getInstance().findFileByNioPath(file);
    }

    /** Null: no such path, or {@link #find}. */
    static VirtualFile find(String file) {
        try {
            return file.isEmpty() ? null : find(Path.of(file));
        } catch (InvalidPathException notOfThisSystem) {
            return null;
        }
    }
}
