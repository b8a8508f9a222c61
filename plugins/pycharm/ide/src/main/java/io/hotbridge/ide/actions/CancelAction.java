package io.hotbridge.ide.actions;

import com.intellij.openapi.project.Project;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.ide.Targets;
import java.util.List;

/** Cancels the deploy under way, or one of several. */
public final class CancelAction extends HotbridgeAction {
    @Override
    boolean isPossible(Project project, ProjectSession session) {
        return !session.underWay().isEmpty();
    }

    @Override
    void perform(Project project, ProjectSession session) {
        List<Deploy> deploys = session.underWay();
        if (deploys.size() == 1) {
            session.cancel(deploys.get(0).id());
        } else if (!deploys.isEmpty()) {
            Targets.pickDeploy(project, deploys, deploy -> session.cancel(deploy.id()));
        }
    }
}
