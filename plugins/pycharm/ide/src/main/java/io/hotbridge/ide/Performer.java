package io.hotbridge.ide;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.fileEditor.FileDocumentManager;
import com.intellij.openapi.fileEditor.OpenFileDescriptor;
import com.intellij.openapi.options.ShowSettingsUtil;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.ui.Messages;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.core.Hotbridge;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.ide.history.HistoryToolWindow;
import io.hotbridge.ide.history.Versions;
import io.hotbridge.ide.settings.SettingsPage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Does what the user has chosen, wherever it was chosen. The thread of the user interface. */
public final class Performer {
    private static final String TROUBLE = "ide.trouble";

    private Performer() {}

    public static void perform(Project project, Action action) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        Optional<ProjectSession> session = hotbridge.session();
        if (session.isEmpty() || session.get().perform(action)) {
            return;
        }
        switch (action.kind()) {
            case SHOW_PROBLEM -> openAt(project, action.path(), action.line());
            case SHOW_DIFFERENCE ->
                    action.deploy().ifPresent(deploy -> Versions.diffFound(project, deploy));
            case SHOW_HISTORY -> showHistory(project, action.deploy());
            case SHOW_LOG -> HistoryToolWindow.showLog(project);
            case RUN_DOCTOR -> doctor(project);
            case DEPLOY_TO ->
                    with(
                            ModuleFiles.find(action.path()),
                            file -> Targets.chooseAndDeploy(project, file));
            case CHOOSE_TARGET -> Targets.choose(project);
            case ADD_TARGET -> Targets.add(project);
            case HOW_TO_INSTALL ->
                    Messages.showInfoMessage(
                            project, words("install.text"), words("install.title"));
            case SET_PATH ->
                    ShowSettingsUtil.getInstance().showSettingsDialog(project, SettingsPage.class);
            default ->
                    hotbridge.app().log().defect(
                            action.kind() + " was done by nobody", new IllegalStateException());
        }
    }

    /** Saves the file where it must be, and deploys it, marker or not. */
    public static void deploy(Project project, VirtualFile file, String target) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        Path path = ModuleFiles.pathOf(file);
        Optional<Hotbridge> bridge = hotbridge.app().bridge();
        Optional<ProjectSession> session = hotbridge.session();
        if (path == null || bridge.isEmpty() || session.isEmpty()) {
            return;
        }
        FileDocumentManager documents = FileDocumentManager.getInstance();
        if (documents.isFileModified(file)) {
            // This save deploys nothing by itself: the command is about to.
            Hotbridge.Quiet quiet = bridge.get().quietly(path);
            try {
                documents.saveDocument(documents.getDocument(file));
            } finally {
                quiet.close();
            }
            if (documents.isFileModified(file)) {
                tell(project, Balloon.Kind.ERROR, words("deploy.unsaved", file.getName()));
                return;
            }
        }
        session.get().deploy(path, target);
    }

    public static void showHistory(Project project, Optional<Deploy> about) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        about.ifPresent(deploy -> hotbridge.want(deploy.target(), deploy.module()));
        HistoryToolWindow.showHistory(project);
    }

    /** What doctor says is in the log, line by line. */
    public static void doctor(Project project) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        HistoryToolWindow.showLog(project);
        LogLines log = hotbridge.app().log();
        log.info("hotbridge doctor");
        hotbridge
                .app()
                .bridge()
                .ifPresent(
                        bridge ->
                                whenDone(
                                        project,
                                        bridge.commands().doctor(),
                                        lines -> lines.forEach(log::info)));
    }

    public static void openPage(Project project) {
        HotbridgeProject.getInstance(project)
                .app()
                .bridge()
                .ifPresent(
                        bridge -> whenDone(project, bridge.commands().openPage(), nothing -> {}));
    }

    public static void start(Project project) {
        HotbridgeProject.getInstance(project).session().ifPresent(ProjectSession::start);
    }

    /** Goes on with the result on the thread of the user interface; says what went wrong. */
    public static <T> void whenDone(
            Project project, CompletableFuture<T> future, Consumer<T> then) {
        ProjectWindow window = HotbridgeProject.getInstance(project).window();
        future.whenComplete(
                (result, error) ->
                        window.later(
                                () -> {
                                    if (error == null) {
                                        then.accept(result);
                                    } else {
                                        explain(project, error);
                                    }
                                }));
    }

    static void tell(Project project, Balloon.Kind kind, String text) {
        HotbridgeProject.getInstance(project)
                .show(new Balloon(TROUBLE, kind, words("balloon.title"), text, List.of()));
    }

    private static void explain(Project project, Throwable error) {
        Throwable cause = Trouble.unwrap(error);
        if (!(cause instanceof Trouble)) {
            HotbridgeProject.getInstance(project).app().log().defect("a command failed", cause);
        }
        String text = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        tell(project, Balloon.Kind.ERROR, text);
    }

    private static void openAt(Project project, String path, int line) {
        with(
                ModuleFiles.find(path),
                file ->
                        new OpenFileDescriptor(project, file, Math.max(line - 1, 0), 0)
                                .navigate(true));
    }

    private static void with(VirtualFile file, Consumer<VirtualFile> work) {
        if (file != null) {
            work.accept(file);
        }
    }
}
