package io.hotbridge.ide;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.mock.MockApplication;
import com.intellij.mock.MockFileIndexFacade;
import com.intellij.mock.MockProject;
import com.intellij.openapi.Disposable;
import com.intellij.openapi.editor.Document;
import com.intellij.openapi.roots.FileIndexFacade;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.openapi.vfs.VirtualFileManager;
import io.hotbridge.core.Hotbridge;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.Settings;
import io.hotbridge.core.Tests;
import io.hotbridge.core.state.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What {@link UnloadTest} has done by classes that are to go again. */
public final class UnloadScenario implements Consumer<Map<String, Object>> {
    private static final String BROKEN =
            "# zato: ide-deploy=True\n"
                    + "from zato.server.service import Service\n\n"
                    + "value = missing\n";

    @Override
    public void accept(Map<String, Object> given) {
        MockApplication application = (MockApplication) given.get("application");
        Path folder = (Path) given.get("folder");
        Disposable plugin = Disposer.newDisposable("the plug-in");
        HotbridgeApp app = new HotbridgeApp(log -> bridge(given, log));
        Disposer.register(plugin, app);
        MockProject platformProject = project(application, folder, plugin);
        FakeWindow window = new FakeWindow();
        HotbridgeProject project = new HotbridgeProject(platformProject, app, window);
        Disposer.register(plugin, project);
        application
                .getMessageBus()
                .connect(plugin)
                .subscribe(VirtualFileManager.VFS_CHANGES, new SaveListener(app::saved));
        project.opened();

        Path file = folder.resolve("crm.py");
        try {
            Files.writeString(file, BROKEN);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        VirtualFile saved = ModuleFiles.find(file);
        application
                .getMessageBus()
                .syncPublisher(VirtualFileManager.VFS_CHANGES)
                .after(List.of(Platform.saved(saved)));
        ProjectSession session = project.session().orElseThrow();
        Tests.until("the failure is told", () -> !window.told.isEmpty());
        Tests.until("the problem", () -> !session.problems(file.toString()).isEmpty());
        List<Problem> problems = session.problems(file.toString());
        project.marks().place(file.toString(), (Document) given.get("document"), problems);
        if (words("status.name").isEmpty()) {
            throw new IllegalStateException("the bundle is empty");
        }
        Disposer.dispose(plugin);
    }

    @SuppressWarnings("unchecked")
    private static Hotbridge bridge(Map<String, Object> given, LogLines log) {
        Settings settings =
                new Settings((String) given.get("program"), true, Settings.Notify.ALL);
        return new Hotbridge(
                "test", "1", () -> settings, (Map<String, String>) given.get("environment"), log);
    }

    private static MockProject project(
            MockApplication application, Path folder, Disposable plugin) {
        MockProject project = new MockProject(application.getPicoContainer(), plugin);
        project.registerService(ProjectTarget.class, new ProjectTarget());
        project.registerService(
                FileIndexFacade.class,
                new MockFileIndexFacade(project) {
                    @Override
                    public boolean isInContent(VirtualFile file) {
                        return Path.of(file.getPath()).startsWith(folder);
                    }
                });
        return project;
    }
}
