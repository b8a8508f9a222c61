package io.hotbridge.ide.status;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.wm.StatusBar;
import com.intellij.openapi.wm.StatusBarWidget;
import com.intellij.openapi.wm.StatusBarWidgetFactory;
import io.hotbridge.ide.HotbridgeBundle;

/** Puts the line into the status bar of every project. */
public final class StatusWidgetFactory implements StatusBarWidgetFactory {
    /** As in plugin.xml. */
    public static final String ID = "Hotbridge.Status";

    @Override
    public String getId() {
        return ID;
    }

    @Override
    public String getDisplayName() {
        return HotbridgeBundle.words("status.name");
    }

    @Override
    public boolean isAvailable(Project project) {
        return true;
    }

    @Override
    public StatusBarWidget createWidget(Project project) {
        return new StatusWidget(project);
    }

    @Override
    public void disposeWidget(StatusBarWidget widget) {
        Disposer.dispose(widget);
    }

    @Override
    public boolean canBeEnabledOn(StatusBar statusBar) {
        return true;
    }
}
