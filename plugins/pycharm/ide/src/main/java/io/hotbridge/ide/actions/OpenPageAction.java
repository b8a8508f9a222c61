package io.hotbridge.ide.actions;

import com.intellij.openapi.actionSystem.AnActionEvent;
import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Performer;

/** Opens the bridge's page in the browser. A bridge that has none does not have this either. */
public final class OpenPageAction extends HotbridgeAction {
    @Override
    public void update(AnActionEvent event) {
        Project project = event.getProject();
        event.getPresentation()
                .setEnabledAndVisible(
                        project != null && HotbridgeProject.getInstance(project).hasPage());
    }

    @Override
    void perform(Project project, ProjectSession session) {
        Performer.openPage(project);
    }
}
