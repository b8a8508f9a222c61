package io.hotbridge.ide.actions;

import com.intellij.openapi.actionSystem.ActionPlaces;
import com.intellij.openapi.actionSystem.ActionUpdateThread;
import com.intellij.openapi.actionSystem.AnAction;
import com.intellij.openapi.actionSystem.AnActionEvent;
import com.intellij.openapi.actionSystem.CommonDataKeys;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Modules;
import java.util.List;

/** An action on the Python modules that are chosen. Others do not see it in their menus. */
abstract class FileAction extends AnAction implements DumbAware {
    @Override
    public final ActionUpdateThread getActionUpdateThread() {
        return ActionUpdateThread.BGT;
    }

    @Override
    public final void update(AnActionEvent event) {
        boolean possible = isPossible(filesOf(event)) && isTrusted(event.getProject());
        event.getPresentation().setEnabled(possible);
        if (ActionPlaces.isPopupPlace(event.getPlace())) {
            event.getPresentation().setVisible(possible);
        }
    }

    @Override
    public final void actionPerformed(AnActionEvent event) {
        List<VirtualFile> files = filesOf(event);
        if (isPossible(files) && isTrusted(event.getProject())) {
            perform(event.getProject(), files);
        }
    }

    boolean isPossible(List<VirtualFile> files) {
        return files.size() == 1;
    }

    abstract void perform(Project project, List<VirtualFile> files);

    private static boolean isTrusted(Project project) {
        return project != null && HotbridgeProject.getInstance(project).session().isPresent();
    }

    private static List<VirtualFile> filesOf(AnActionEvent event) {
        VirtualFile[] chosen = event.getData(CommonDataKeys.VIRTUAL_FILE_ARRAY);
        VirtualFile one = event.getData(CommonDataKeys.VIRTUAL_FILE);
        return Modules.among(chosen, one);
    }
}
