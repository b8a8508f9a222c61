package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.ide.Performer;
import java.util.List;

/** Deploys what is chosen to the project's target, marker or not. */
public final class DeployAction extends FileAction {
    @Override
    boolean isPossible(List<VirtualFile> files) {
        return !files.isEmpty();
    }

    @Override
    void perform(Project project, List<VirtualFile> files) {
        files.forEach(file -> Performer.deploy(project, file, ""));
    }
}
