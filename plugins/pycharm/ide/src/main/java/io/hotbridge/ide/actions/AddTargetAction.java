package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.Targets;

/** Sets up a target: the first one, or another. */
public final class AddTargetAction extends HotbridgeAction {
    @Override
    void perform(Project project, ProjectSession session) {
        Targets.add(project);
    }
}
