package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.icons.AllIcons;
import com.intellij.openapi.actionSystem.ActionUpdateThread;
import com.intellij.openapi.actionSystem.AnAction;
import com.intellij.openapi.actionSystem.AnActionEvent;
import com.intellij.openapi.actionSystem.DefaultActionGroup;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.ide.HotbridgeProject;
import java.util.function.Consumer;
import javax.swing.Icon;

/** The buttons beside the history, which are also in the menu of a row. */
final class HistoryActions {
    private final Project project;
    private final HistoryController controller;

    HistoryActions(Project project, HistoryController controller) {
        this.project = project;
        this.controller = controller;
    }

    DefaultActionGroup toolbar() {
        DefaultActionGroup group = new DefaultActionGroup();
        group.add(
                new Always("history.refresh", AllIcons.Actions.Refresh, controller::reload));
        group.add(
                new Always(
                        "history.all",
                        AllIcons.Actions.Show,
                        () -> controller.setAll(!controller.isAll())));
        addForRow(group);
        return group;
    }

    DefaultActionGroup menu() {
        DefaultActionGroup group = new DefaultActionGroup();
        addForRow(group);
        return group;
    }

    private void addForRow(DefaultActionGroup group) {
        group.add(
                new ForRow(
                        "history.diff",
                        AllIcons.Actions.Diff,
                        deploy -> Versions.diffFile(project, deploy)));
        group.add(
                new ForRow(
                        "history.open",
                        AllIcons.Actions.Preview,
                        deploy -> Versions.open(project, deploy)));
        group.add(new ForRow("history.restore", AllIcons.Actions.Rollback, this::restore));
        group.add(new ForRow("history.copy", AllIcons.Actions.Copy, Versions::copyCommit));
    }

    /** The core asks before it does it. */
    private void restore(Deploy version) {
        HotbridgeProject.getInstance(project)
                .session()
                .ifPresent(session -> session.restore(version));
    }

    private abstract static class Base extends AnAction implements DumbAware {
        Base(String key, Icon icon) {
            super(words(key), null, icon);
        }

        /** What is selected belongs to the user interface. */
        @Override
        public ActionUpdateThread getActionUpdateThread() {
            return ActionUpdateThread.EDT;
        }
    }

    private static final class Always extends Base {
        private final Runnable work;

        Always(String key, Icon icon, Runnable work) {
            super(key, icon);
            this.work = work;
        }

        @Override
        public void update(AnActionEvent event) {
            event.getPresentation().setEnabled(true);
        }

        @Override
        public void actionPerformed(AnActionEvent event) {
            work.run();
        }
    }

    private final class ForRow extends Base {
        private final Consumer<Deploy> work;

        ForRow(String key, Icon icon, Consumer<Deploy> work) {
            super(key, icon);
            this.work = work;
        }

        @Override
        public void update(AnActionEvent event) {
            event.getPresentation()
                    .setEnabled(
                            controller.panel().selected().filter(HistoryRow::hasVersion).isPresent());
        }

        @Override
        public void actionPerformed(AnActionEvent event) {
            controller
                    .panel()
                    .selected()
                    .filter(HistoryRow::hasVersion)
                    .ifPresent(row -> work.accept(row.deploy()));
        }
    }
}
