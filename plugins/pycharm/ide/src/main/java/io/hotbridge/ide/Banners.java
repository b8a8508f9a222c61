package io.hotbridge.ide;

import com.intellij.openapi.editor.Document;
import com.intellij.openapi.fileEditor.FileDocumentManager;
import com.intellij.openapi.fileEditor.FileEditor;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.ui.EditorNotificationPanel;
import com.intellij.ui.EditorNotificationProvider;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Banner;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import javax.swing.JComponent;

/** The strip over the editor of a file with a conflict, or where setting up is not complete. */
public final class Banners implements EditorNotificationProvider, DumbAware {
    @Override
    public Function<? super FileEditor, ? extends JComponent> collectNotificationData(
            Project project, VirtualFile file) {
        if (!ModuleFiles.isModule(file)) {
            return null;
        }
        Path path = ModuleFiles.pathOf(file);
        Optional<Banner> banner =
                HotbridgeProject.getInstance(project)
                        .session()
                        .flatMap(session -> session.banner(path, textOf(file)));
        return banner.map(each -> show(project, each)).orElse(null);
    }

    private static CharSequence textOf(VirtualFile file) {
        Document document = FileDocumentManager.getInstance().getDocument(file);
        return document == null ? "" : document.getImmutableCharSequence();
    }

    private static Function<FileEditor, JComponent> show(Project project, Banner banner) {
        return editor -> {
            EditorNotificationPanel panel = new EditorNotificationPanel(editor);
            panel.setText(banner.text());
            for (Action action : banner.actions()) {
                panel.createActionLabel(
                        action.label(), () -> Performer.perform(project, action));
            }
            return panel;
        };
    }
}
