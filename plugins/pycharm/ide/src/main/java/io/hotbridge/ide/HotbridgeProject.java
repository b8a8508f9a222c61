package io.hotbridge.ide;

import com.intellij.openapi.Disposable;
import com.intellij.openapi.application.ReadAction;
import com.intellij.openapi.components.Service;
import com.intellij.openapi.fileEditor.FileEditorManager;
import com.intellij.openapi.fileEditor.FileEditorManagerEvent;
import com.intellij.openapi.fileEditor.FileEditorManagerListener;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.roots.FileIndexFacade;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.core.ProjectHost;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One project: all that the plug-in has in it hangs on this, and goes with it. Its session with the
 * bridge begins when the project is trusted, and not before.
 */
@Service(Service.Level.PROJECT)
public final class HotbridgeProject implements ProjectHost, Disposable {
    private final Project project;
    private final HotbridgeApp app;
    private final ProjectWindow window;
    private final ProblemMarks marks = new ProblemMarks();
    private ProjectSession session;
    private boolean disposed;
    private volatile List<Path> inFront = List.of();
    private volatile Wanted wanted = Wanted.NOTHING;

    /** For the platform. */
    public HotbridgeProject(Project project) {
        this(project, HotbridgeApp.getInstance(), new IdeWindow(project));
    }

    HotbridgeProject(Project project, HotbridgeApp app, ProjectWindow window) {
        this.project = project;
        this.app = app;
        this.window = window;
        Disposer.register(this, window);
        Disposer.register(this, marks);
        app.add(this);
        project.getMessageBus()
                .connect(this)
                .subscribe(FileEditorManagerListener.FILE_EDITOR_MANAGER, new FrontListener());
    }

    public static HotbridgeProject getInstance(Project project) {
        return project.getService(HotbridgeProject.class);
    }

    /** Which module's history the tool window is to show; empty names: whichever it does. */
    public record Wanted(String target, String module) {
        static final Wanted NOTHING = new Wanted("", "");
    }

    /** The project has been opened. */
    void opened() {
        session();
        window.later(this::lookAtFront);
    }

    /** Empty: the project is not trusted, or is closing. */
    public synchronized Optional<ProjectSession> session() {
        if (session == null && !disposed && window.isTrusted()) {
            session = app.bridge().map(bridge -> bridge.open(this)).orElse(null);
        }
        return Optional.ofNullable(session);
    }

    HotbridgeApp app() {
        return app;
    }

    /** What is set for the whole IDE has changed. */
    public void settingsChanged() {
        app.settingsChanged();
    }

    public LogLines log() {
        return app.log();
    }

    /** Whether the bridge is there and answers. */
    public boolean isConnected() {
        return app.made()
                .filter(bridge -> bridge.client().state() == ClientState.READY)
                .isPresent();
    }

    /** Whether there is a page to open, and the project may. */
    public boolean hasPage() {
        return app.hasPage() && session().isPresent();
    }

    /** Does it on the thread of the user interface, unless the project is gone by then. */
    public void later(Runnable work) {
        window.later(work);
    }

    ProjectWindow window() {
        return window;
    }

    ProblemMarks marks() {
        return marks;
    }

    boolean isTrusted() {
        return window.isTrusted();
    }

    /** The file of the active editor. */
    public Optional<Path> activeFile() {
        return inFront.stream().findFirst();
    }

    public Wanted wanted() {
        return wanted;
    }

    /** The history of this file's module, on the target that the file goes to. */
    public void wantHistoryOf(VirtualFile file) {
        Path path = ModuleFiles.pathOf(file);
        session().ifPresent(open -> want(open.targetOf(path), file.getName()));
    }

    public void want(String target, String module) {
        wanted = new Wanted(target, module);
        window.later(() -> publisher().historyWanted());
    }

    @Override
    public int holds(Path file) {
        return ReadAction.compute(
                () -> {
                    if (project.isDisposed()) {
                        return -1;
                    }
                    FileIndexFacade index = FileIndexFacade.getInstance(project);
                    VirtualFile root = null;
                    VirtualFile each = ModuleFiles.find(file);
                    while (each != null && index.isInContent(each)) {
                        root = each;
                        each = each.getParent();
                    }
                    Path path = ModuleFiles.pathOf(root);
                    return path == null ? -1 : path.getNameCount();
                });
    }

    @Override
    public String target() {
        return ProjectTarget.getInstance(project).get();
    }

    @Override
    public boolean isActive() {
        return window.isActive();
    }

    @Override
    public boolean isShown(Path file) {
        return inFront.contains(file);
    }

    @Override
    public void statusChanged() {
        window.later(() -> publisher().statusChanged());
    }

    @Override
    public void problemsChanged(Set<String> files) {
        marks.changed(files);
        window.annotate(files);
    }

    @Override
    public void bannersChanged() {
        window.updateBanners();
    }

    @Override
    public void historyChanged(String target, String module) {
        window.later(() -> publisher().historyChanged(target, module));
    }

    @Override
    public void show(Balloon balloon) {
        window.show(balloon);
    }

    @Override
    public void expire(String key) {
        window.expire(key);
    }

    @Override
    public CompletableFuture<Boolean> ask(Question question) {
        return window.ask(question);
    }

    @Override
    public void dispose() {
        app.remove(this);
        ProjectSession last;
        synchronized (this) {
            disposed = true;
            last = session;
            session = null;
        }
        if (last != null) {
            last.close();
        }
    }

    private void lookAtFront() {
        inFront = List.copyOf(window.filesInFront());
        session();
        publisher().statusChanged();
    }

    private HotbridgeEvents publisher() {
        return project.getMessageBus().syncPublisher(HotbridgeEvents.TOPIC);
    }

    private final class FrontListener implements FileEditorManagerListener {
        @Override
        public void fileOpened(FileEditorManager source, VirtualFile file) {
            lookAtFront();
        }

        @Override
        public void fileClosed(FileEditorManager source, VirtualFile file) {
            lookAtFront();
        }

        @Override
        public void selectionChanged(FileEditorManagerEvent event) {
            lookAtFront();
        }
    }
}
