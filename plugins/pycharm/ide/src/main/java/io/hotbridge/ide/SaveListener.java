package io.hotbridge.ide;

import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.vfs.newvfs.BulkFileListener;
import com.intellij.openapi.vfs.newvfs.events.VFileContentChangeEvent;
import com.intellij.openapi.vfs.newvfs.events.VFileEvent;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/**
 * Tells of files that the IDE has saved: on Ctrl+S, on Save All, or by itself. A change that came
 * from outside, such as a checkout, is a refresh and not a save; a new or a renamed file is another
 * event. One of the application, not one for each project, so that a file of two projects is told
 * of once.
 */
public final class SaveListener implements BulkFileListener {
    private final Consumer<Path> saved;

    /** For the platform, which makes and drops it by plugin.xml. */
    public SaveListener() {
        this(file -> HotbridgeApp.getInstance().saved(file));
    }

    SaveListener(Consumer<Path> saved) {
        this.saved = saved;
    }

    @Override
    public void after(List<? extends VFileEvent> events) {
        for (VFileEvent event : events) {
            if (event instanceof VFileContentChangeEvent && event.isFromSave()) {
                Path file = pathOf(event.getFile());
                if (file != null) {
                    saved.accept(file);
                }
            }
        }
    }

    private static Path pathOf(VirtualFile file) {
        return ModuleFiles.isModule(file) ? ModuleFiles.pathOf(file) : null;
    }
}
