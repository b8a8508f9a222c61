package io.hotbridge.ide;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.fileChooser.FileChooser;
import com.intellij.openapi.fileChooser.FileChooserDescriptor;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.ui.InputValidator;
import com.intellij.openapi.ui.Messages;
import com.intellij.openapi.ui.popup.JBPopupFactory;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.core.Commands;
import io.hotbridge.core.Hotbridge;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.TargetChoice;
import io.hotbridge.core.wire.Deploy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Choosing among targets, and adding one. The thread of the user interface. */
public final class Targets {
    private Targets() {}

    /** Where saves of the project go from now on. */
    public static void choose(Project project) {
        pick(project, words("target.choose.title"), name -> set(project, name));
    }

    /** Once; the project's target stays what it is. */
    public static void chooseAndDeploy(Project project, VirtualFile file) {
        pick(
                project,
                words("target.deploy.title", file.getName()),
                name -> Performer.deploy(project, file, name));
    }

    public static void set(Project project, String name) {
        ProjectTarget.getInstance(project).set(name);
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        hotbridge.session().ifPresent(session -> session.settingsChanged());
        hotbridge.statusChanged();
    }

    /** From nothing to the first target: its folder, then its name. */
    public static void add(Project project) {
        Optional<Hotbridge> bridge = HotbridgeProject.getInstance(project).app().bridge();
        if (bridge.isEmpty()) {
            return;
        }
        FileChooserDescriptor folders =
                new FileChooserDescriptor(false, true, false, false, false, false)
                        .withTitle(words("target.add.folder"));
        VirtualFile folder = FileChooser.chooseFile(folders, project, null);
        Path path = ModuleFiles.pathOf(folder);
        if (path == null) {
            return;
        }
        Commands commands = bridge.get().commands();
        String name =
                Messages.showInputDialog(
                        project,
                        words("target.add.name"),
                        words("target.add.title"),
                        Messages.getQuestionIcon(),
                        words("target.add.suggestion"),
                        new NameValidator(commands));
        if (name != null) {
            Performer.whenDone(
                    project,
                    commands.addTarget(name, path),
                    nothing ->
                            Performer.tell(
                                    project,
                                    Balloon.Kind.INFORMATION,
                                    words("target.added", name)));
        }
    }

    /** One of several deploys, to be cancelled. */
    public static void pickDeploy(Project project, List<Deploy> deploys, Consumer<Deploy> then) {
        JBPopupFactory.getInstance()
                .createPopupChooserBuilder(deploys)
                .setTitle(words("cancel.title"))
                .setRenderer(
                        new LineRenderer<Deploy>(
                                deploy -> deploy.module() + " → " + deploy.target(),
                                Deploy::state))
                .setItemChosenCallback(then::accept)
                .createPopup()
                .showCenteredInCurrentWindow(project);
    }

    private static void pick(Project project, String title, Consumer<String> then) {
        HotbridgeProject.getInstance(project)
                .session()
                .ifPresent(
                        session ->
                                Performer.whenDone(
                                        project,
                                        session.targetChoices(),
                                        choices -> show(project, title, choices, then)));
    }

    private static void show(
            Project project, String title, List<TargetChoice> choices, Consumer<String> then) {
        if (choices.isEmpty()) {
            int answer =
                    Messages.showYesNoDialog(
                            project,
                            words("target.none.text"),
                            words("balloon.title"),
                            words("target.none.add"),
                            words("target.none.cancel"),
                            Messages.getQuestionIcon());
            if (answer == Messages.YES) {
                add(project);
            }
            return;
        }
        JBPopupFactory.getInstance()
                .createPopupChooserBuilder(choices)
                .setTitle(title)
                .setRenderer(new LineRenderer<>(TargetChoice::name, Targets::detail))
                .setItemChosenCallback(choice -> then.accept(choice.name()))
                .createPopup()
                .showCenteredInCurrentWindow(project);
    }

    private static String detail(TargetChoice choice) {
        return choice.problem().isEmpty()
                ? choice.detail()
                : choice.detail() + " · " + choice.problem();
    }

    private record NameValidator(Commands commands) implements InputValidator {
        @Override
        public boolean checkInput(String input) {
            return input != null && commands.checkTargetName(input).isEmpty();
        }

        @Override
        public boolean canClose(String input) {
            return checkInput(input);
        }
    }
}
