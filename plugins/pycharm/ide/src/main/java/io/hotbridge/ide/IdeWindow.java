package io.hotbridge.ide;

import com.intellij.codeInsight.daemon.DaemonCodeAnalyzer;
import com.intellij.ide.impl.TrustedProjects;
import com.intellij.openapi.application.ApplicationManager;
import com.intellij.openapi.fileEditor.FileEditorManager;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.ui.Messages;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.wm.IdeFocusManager;
import com.intellij.openapi.wm.IdeFrame;
import com.intellij.psi.PsiFile;
import com.intellij.psi.PsiManager;
import com.intellij.ui.EditorNotifications;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A project's window in a running IDE. */
final class IdeWindow implements ProjectWindow {
    private final Project project;
    private final Balloons balloons;

    IdeWindow(Project project) {
        this.project = project;
        this.balloons = new Balloons(project);
        Disposer.register(this, balloons);
    }

    @Override
    public boolean isTrusted() {
        return TrustedProjects.isTrusted(project);
    }

    @Override
    public boolean isActive() {
        IdeFrame frame = IdeFocusManager.getGlobalInstance().getLastFocusedFrame();
        return frame != null && frame.getProject() == project;
    }

    @Override
    public List<Path> filesInFront() {
        VirtualFile[] files = FileEditorManager.getInstance(project).getSelectedFiles();
        return Arrays.stream(files).map(ModuleFiles::pathOf).filter(Objects::nonNull).toList();
    }

    @Override
    public void later(Runnable work) {
        ApplicationManager.getApplication().invokeLater(work, project.getDisposed());
    }

    @Override
    public void updateBanners() {
        later(() -> EditorNotifications.getInstance(project).updateAllNotifications());
    }

    @Override
    public void annotate(Set<String> files) {
        later(
                () -> {
                    for (String path : files) {
                        VirtualFile file = ModuleFiles.find(path);
                        PsiFile psi =
                                file == null ? null : PsiManager.getInstance(project).findFile(file);
                        if (psi != null) {
                            DaemonCodeAnalyzer.getInstance(project).restart(psi);
                        }
                    }
                });
    }

    @Override
    public void show(Balloon balloon) {
        later(() -> balloons.show(balloon));
    }

    @Override
    public void expire(String key) {
        later(() -> balloons.expire(key));
    }

    @Override
    public CompletableFuture<Boolean> ask(Question question) {
        CompletableFuture<Boolean> answer = new CompletableFuture<>();
        // Without the condition of later(): a question of a project that is gone is answered too.
        ApplicationManager.getApplication()
                .invokeLater(() -> answer.complete(!project.isDisposed() && isYes(question)));
        return answer;
    }

    @Override
    public void dispose() {}

    private boolean isYes(Question question) {
        int chosen =
                Messages.showYesNoDialog(
                        project,
                        question.text(),
                        question.title(),
                        question.yes(),
                        question.no(),
                        Messages.getQuestionIcon());
        return chosen == Messages.YES;
    }
}
