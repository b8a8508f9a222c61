package io.hotbridge.ide;

import com.intellij.openapi.components.PersistentStateComponent;
import com.intellij.openapi.components.Service;
import com.intellij.openapi.components.State;
import com.intellij.openapi.components.Storage;
import com.intellij.openapi.components.StoragePathMacros;
import com.intellij.openapi.project.Project;

/**
 * The target that saves of a project go to. It is kept with the user's own state of the project,
 * which is not shared, so that a project from elsewhere cannot choose one.
 */
@Service(Service.Level.PROJECT)
@State(name = "HotbridgeTarget", storages = @Storage(StoragePathMacros.WORKSPACE_FILE))
public final class ProjectTarget implements PersistentStateComponent<ProjectTarget.Values> {
    private volatile String target = "";

    public static ProjectTarget getInstance(Project project) {
        return project.getService(ProjectTarget.class);
    }

    /** Empty: the bridge's default one. */
    public String get() {
        return target;
    }

    public void set(String name) {
        target = name.strip();
    }

    @Override
    public Values getState() {
        Values values = new Values();
        values.target = target;
        return values;
    }

    @Override
    public void loadState(Values values) {
        set(values.target == null ? "" : values.target);
    }

    /** As it is written. */
    public static final class Values {
        public String target = "";
    }
}
