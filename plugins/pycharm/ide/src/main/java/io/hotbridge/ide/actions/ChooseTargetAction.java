package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.Targets;

/** Chooses where saves of the project go. */
public final class ChooseTargetAction extends HotbridgeAction {
    @Override
    void perform(Project project, ProjectSession session) {
        Targets.choose(project);
    }
}
