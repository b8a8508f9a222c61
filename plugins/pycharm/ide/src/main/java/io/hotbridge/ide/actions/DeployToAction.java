package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.ide.Targets;
import java.util.List;

/** Deploys a module to a target that is asked for. */
public final class DeployToAction extends FileAction {
    @Override
    void perform(Project project, List<VirtualFile> files) {
        Targets.chooseAndDeploy(project, files.get(0));
    }
}
