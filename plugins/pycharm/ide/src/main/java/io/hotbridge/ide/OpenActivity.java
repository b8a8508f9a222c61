package io.hotbridge.ide;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.startup.StartupActivity;

/**
 * A project has been opened. ProjectActivity would be the newer word for this, but 2022.3 has not
 * got it; this one is there from then until now.
 */
public final class OpenActivity implements StartupActivity.DumbAware {
    @Override
    public void runActivity(Project project) {
        HotbridgeProject.getInstance(project).opened();
    }
}
