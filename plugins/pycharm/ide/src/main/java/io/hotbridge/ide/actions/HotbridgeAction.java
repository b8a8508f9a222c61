package io.hotbridge.ide.actions;

import com.intellij.openapi.actionSystem.ActionUpdateThread;
import com.intellij.openapi.actionSystem.AnAction;
import com.intellij.openapi.actionSystem.AnActionEvent;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.HotbridgeProject;

/** An action of a project that is trusted; in any other there is nothing to be done. */
abstract class HotbridgeAction extends AnAction implements DumbAware {
    @Override
    public final ActionUpdateThread getActionUpdateThread() {
        return ActionUpdateThread.BGT;
    }

    @Override
    public void update(AnActionEvent event) {
        Project project = event.getProject();
        event.getPresentation()
                .setEnabled(
                        project != null
                                && HotbridgeProject.getInstance(project)
                                        .session()
                                        .map(session -> isPossible(project, session))
                                        .orElse(false));
    }

    @Override
    public final void actionPerformed(AnActionEvent event) {
        Project project = event.getProject();
        if (project != null) {
            HotbridgeProject.getInstance(project)
                    .session()
                    .ifPresent(session -> perform(project, session));
        }
    }

    boolean isPossible(Project project, ProjectSession session) {
        return true;
    }

    abstract void perform(Project project, ProjectSession session);
}
