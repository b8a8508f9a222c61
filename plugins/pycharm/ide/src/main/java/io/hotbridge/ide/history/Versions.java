package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.diff.DiffContentFactory;
import com.intellij.diff.DiffManager;
import com.intellij.diff.contents.DiffContent;
import com.intellij.diff.requests.SimpleDiffRequest;
import com.intellij.openapi.fileEditor.FileEditorManager;
import com.intellij.openapi.fileTypes.FileType;
import com.intellij.openapi.fileTypes.FileTypeRegistry;
import com.intellij.openapi.ide.CopyPasteManager;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.testFramework.LightVirtualFile;
import io.hotbridge.core.view.HistoryModel;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Source;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Modules;
import io.hotbridge.ide.Performer;
import java.awt.datatransfer.StringSelection;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** What can be done with a version. The thread of the user interface. */
public final class Versions {
    private Versions() {}

    /** As a file of its own, which cannot be changed. */
    static void open(Project project, Deploy version) {
        with(project, history -> history.source(version), source -> show(project, version, source));
    }

    /** Beside the user's file, in the IDE's own diff. */
    static void diffFile(Project project, Deploy version) {
        with(
                project,
                history -> history.source(version),
                source -> diff(project, version, source, title(project, version)));
    }

    /** What somebody else had put on the target, beside the user's file. */
    public static void diffFound(Project project, Deploy conflict) {
        with(
                project,
                history -> history.found(conflict),
                source ->
                        diff(
                                project,
                                conflict,
                                source,
                                words("diff.found", conflict.module(), conflict.target())));
    }

    static void copyCommit(Deploy version) {
        CopyPasteManager.getInstance().setContents(new StringSelection(version.commit()));
    }

    private static void show(Project project, Deploy version, Source source) {
        LightVirtualFile file =
                new LightVirtualFile(
                        title(project, version), typeOf(version.module()), source.text());
        file.setWritable(false);
        FileEditorManager.getInstance(project).openFile(file, true);
    }

    private static void diff(Project project, Deploy version, Source source, String title) {
        Optional<VirtualFile> file = fileOf(project, version);
        if (file.isEmpty()) {
            show(project, version, source);
            return;
        }
        DiffContentFactory contents = DiffContentFactory.getInstance();
        DiffContent left = contents.create(project, source.text(), typeOf(version.module()));
        DiffContent right = contents.create(project, file.get());
        DiffManager.getInstance()
                .showDiff(
                        project,
                        new SimpleDiffRequest(
                                version.module(), left, right, title, words("diff.yours")));
    }

    /** The file that was deployed, else the one in front if it has the module's name. */
    private static Optional<VirtualFile> fileOf(Project project, Deploy version) {
        Optional<VirtualFile> sent = Modules.at(pathOf(version.document()));
        return sent.isPresent()
                ? sent
                : Modules.at(HotbridgeProject.getInstance(project).activeFile())
                        .filter(file -> file.getName().equals(version.module()));
    }

    private static Optional<Path> pathOf(String document) {
        try {
            return document.isEmpty() ? Optional.empty() : Optional.of(Path.of(document));
        } catch (InvalidPathException ofAnotherSystem) {
            return Optional.empty();
        }
    }

    private static FileType typeOf(String module) {
        return FileTypeRegistry.getInstance().getFileTypeByFileName(module);
    }

    private static String title(Project project, Deploy version) {
        return HotbridgeProject.getInstance(project)
                .session()
                .map(session -> session.history().title(version))
                .orElse(version.module());
    }

    private static void with(
            Project project,
            Function<HistoryModel, CompletableFuture<Source>> ask,
            Consumer<Source> then) {
        HotbridgeProject.getInstance(project)
                .session()
                .ifPresent(
                        session ->
                                Performer.whenDone(project, ask.apply(session.history()), then));
    }
}
