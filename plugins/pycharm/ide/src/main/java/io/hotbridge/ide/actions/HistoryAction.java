package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Performer;
import java.util.List;
import java.util.Optional;

/** Shows the history of a module on its target. */
public final class HistoryAction extends FileAction {
    @Override
    void perform(Project project, List<VirtualFile> files) {
        HotbridgeProject.getInstance(project).wantHistoryOf(files.get(0));
        Performer.showHistory(project, Optional.empty());
    }
}
