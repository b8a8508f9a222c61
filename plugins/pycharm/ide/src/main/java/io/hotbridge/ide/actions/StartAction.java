package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Performer;

/** Starts the bridge, where none runs. */
public final class StartAction extends HotbridgeAction {
    @Override
    boolean isPossible(Project project, ProjectSession session) {
        return !HotbridgeProject.getInstance(project).isConnected();
    }

    @Override
    void perform(Project project, ProjectSession session) {
        Performer.start(project);
    }
}
