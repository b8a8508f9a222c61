package io.hotbridge.ide.status;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Modules;
import io.hotbridge.ide.Performer;
import io.hotbridge.ide.Targets;
import io.hotbridge.ide.history.HistoryToolWindow;
import io.hotbridge.ide.status.StatusPopup.Entry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the popup offers, by what there is to be done. */
final class StatusEntries {
    private StatusEntries() {}

    static List<Entry> of(
            Project project, ProjectSession session, Optional<Path> active, Runnable close) {
        List<Entry> entries = new ArrayList<>();
        for (Deploy deploy : session.underWay()) {
            entries.add(
                    new Entry(
                            words("status.cancel", deploy.module()),
                            after(close, () -> session.cancel(deploy.id()))));
        }
        Modules.at(active).ifPresent(file -> addFile(entries, project, file, close));
        entries.add(
                new Entry(
                        words("status.choose"), after(close, () -> Targets.choose(project))));
        entries.add(
                new Entry(words("status.doctor"), after(close, () -> Performer.doctor(project))));
        entries.add(
                new Entry(
                        words("status.log"),
                        after(close, () -> HistoryToolWindow.showLog(project))));
        return entries;
    }

    private static void addFile(
            List<Entry> entries, Project project, VirtualFile file, Runnable close) {
        entries.add(
                new Entry(
                        words("status.deploy", file.getName()),
                        after(close, () -> Performer.deploy(project, file, ""))));
        entries.add(
                new Entry(
                        words("status.deployTo"),
                        after(close, () -> Targets.chooseAndDeploy(project, file))));
        entries.add(
                new Entry(
                        words("status.history"),
                        after(
                                close,
                                () -> {
                                    HotbridgeProject.getInstance(project).wantHistoryOf(file);
                                    Performer.showHistory(project, Optional.empty());
                                })));
    }

    private static Runnable after(Runnable close, Runnable work) {
        return () -> {
            close.run();
            work.run();
        };
    }
}
