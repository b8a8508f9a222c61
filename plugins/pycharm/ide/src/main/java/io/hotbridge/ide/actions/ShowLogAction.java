package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.ide.history.HistoryToolWindow;

/** Shows the log of the plug-in. */
public final class ShowLogAction extends HotbridgeAction {
    @Override
    void perform(Project project, ProjectSession session) {
        HistoryToolWindow.showLog(project);
    }
}
