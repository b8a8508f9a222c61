package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.Performer;

/** Runs hotbridge doctor and shows what it says. */
public final class DoctorAction extends HotbridgeAction {
    @Override
    void perform(Project project, ProjectSession session) {
        Performer.doctor(project);
    }
}
