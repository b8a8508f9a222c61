package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.mock.MockProject;
import com.intellij.openapi.editor.impl.DocumentImpl;
import com.intellij.openapi.fileEditor.FileEditorManagerListener;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.vfs.VirtualFileManager;
import com.intellij.openapi.vfs.newvfs.events.VFileEvent;
import io.hotbridge.core.Hotbridge;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.RealBridge;
import io.hotbridge.core.Tests;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ModuleRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A project of the platform's own core, on its own message bus, with the real bridge and stand-in
 * servers behind it. Only the window is another.
 */
class ProjectTest {
    private static final String MARKER = "# zato: ide-deploy=True\n";
    private static final String SERVICE =
            MARKER
                    + "from zato.server.service import Service\n\n\n"
                    + "class Hello(Service):\n"
                    + "    name = 'test.hello'\n\n"
                    + "    def handle(self):\n"
                    + "        pass\n";

    private final RealBridge bridge = realBridge();
    private final Path folder = Tests.folder();
    private final Platform platform = new Platform();
    private final List<Hotbridge> made = new ArrayList<>();
    private final HotbridgeApp app = new HotbridgeApp(log -> remember(bridge.hotbridge()));
    private final FakeWindow window = new FakeWindow();
    private final Map<HotbridgeProject, MockProject> opened = new HashMap<>();

    @BeforeEach
    void listen() {
        platform.application().registerService(HotbridgeApp.class, app, platform.life());
        platform.application()
                .getMessageBus()
                .connect(platform.life())
                .subscribe(VirtualFileManager.VFS_CHANGES, new SaveListener());
    }

    @AfterEach
    void close() throws Exception {
        platform.close();
        bridge.close();
        Tests.remove(folder);
    }

    @Test
    void saveAllWithFiveModulesDeploysFiveAndACheckoutNone() throws IOException {
        bridge.target("dev");
        HotbridgeProject project = open(window);
        Path outside = write("checked_out.py", SERVICE);
        platform.publish(Platform.refreshed(platform.file(outside)));
        List<VFileEvent> saves = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            saves.add(Platform.saved(platform.file(write("module" + i + ".py", SERVICE))));
        }
        platform.publish(saves.toArray(VFileEvent[]::new));
        ProjectSession session = project.session().orElseThrow();
        Tests.until("five modules in the history", () -> modules(session).size() == 5);
        for (ModuleRow each : modules(session)) {
            Tests.until(each.module() + " is deployed", () -> marks(session, each.module()).equals(
                    List.of(Mark.OK)));
        }
        assertEquals(
                new TreeSet<>(
                        List.of("module0.py", "module1.py", "module2.py", "module3.py",
                                "module4.py")),
                new TreeSet<>(modules(session).stream().map(ModuleRow::module).toList()));
        assertEquals(List.of(), window.told, "success is quiet");
    }

    @Test
    void anErrorIsToldOnceMarkedAtItsLineAndGoneWithItsRepair() throws IOException {
        bridge.target("dev");
        HotbridgeProject project = open(window);
        Path file = write("crm.py", SERVICE.replace("pass", "pass\n\nvalue = missing\n"));
        save(file);
        Tests.until("the balloon", () -> !window.told.isEmpty());
        ProjectSession session = project.session().orElseThrow();
        Tests.until("the problem", () -> !session.problems(file.toString()).isEmpty());
        assertEquals(Balloon.Kind.ERROR, window.told.get(0).kind());
        Tests.until("the marks", () -> window.annotated.contains(file.toString()));
        DocumentImpl document = new DocumentImpl(Files.readString(file));
        assertEquals(
                List.of("value = missing"),
                project.marks()
                        .place(file.toString(), document, session.problems(file.toString()))
                        .stream()
                        .map(each -> document.getText(each.range()))
                        .toList());

        save(file);
        Tests.until("the second try", () -> marks(session, "crm.py").size() == 2);
        assertEquals(1, window.told.size(), "one cause is told of once");

        window.annotated.clear();
        write("crm.py", SERVICE);
        save(file);
        Tests.until("no problem", () -> session.problems(file.toString()).isEmpty());
        Tests.until("the marks", () -> window.annotated.contains(file.toString()));
        Tests.until("the recovery", () -> window.told.size() == 2);
        assertEquals(Balloon.Kind.INFORMATION, window.told.get(1).kind());
        assertFalse(window.shown.containsValue(window.told.get(0)), "the failure is still shown");
    }

    @Test
    void inAProjectThatIsNotTrustedNothingIsStarted() throws IOException {
        bridge.target("dev");
        window.trusted = false;
        HotbridgeProject project = open(window);
        Path file = write("crm.py", SERVICE);
        save(file);
        assertEquals(Optional.empty(), project.session());
        assertEquals(List.of(), made);
        assertFalse(
                Files.exists(
                        Path.of(bridge.environment.get("XDG_RUNTIME_DIR"), "hotbridge")));

        window.trusted = true;
        save(file);
        ProjectSession session = project.session().orElseThrow();
        Tests.until("the deploy", () -> marks(session, "crm.py").equals(List.of(Mark.OK)));
        assertEquals(1, made.size());
    }

    @Test
    void twoProjectsOnOneFileDeployItOnce() throws IOException {
        bridge.target("dev");
        HotbridgeProject one = open(window);
        FakeWindow other = new FakeWindow();
        open(other);
        save(write("crm.py", SERVICE));
        ProjectSession session = one.session().orElseThrow();
        Tests.until("the deploy", () -> marks(session, "crm.py").equals(List.of(Mark.OK)));
        save(write("other.py", SERVICE));
        Tests.until("the next", () -> marks(session, "other.py").equals(List.of(Mark.OK)));
        assertEquals(1, marks(session, "crm.py").size());
    }

    @Test
    void aFileIsOfTheProjectThatHoldsIt() throws IOException {
        HotbridgeProject project = open(window);
        Path inner = Files.createDirectories(folder.resolve("a/b")).resolve("crm.py");
        Files.writeString(inner, SERVICE);
        assertEquals(folder.getNameCount(), project.holds(inner));
        assertEquals(-1, project.holds(Path.of("/etc/passwd")));
        assertEquals(-1, project.holds(folder.resolve("nothing.py")));
    }

    @Test
    void theFileInFrontIsFollowed() throws IOException {
        HotbridgeProject project = open(window);
        Path file = write("crm.py", SERVICE);
        assertEquals(Optional.empty(), project.activeFile());
        window.inFront = List.of(file);
        front(project);
        assertEquals(Optional.of(file), project.activeFile());
        assertTrue(project.isShown(file));
    }

    @Test
    void whenItGoesNothingIsLeftOnTheBus() throws IOException {
        bridge.target("dev");
        HotbridgeProject project = open(window);
        save(write("crm.py", SERVICE));
        ProjectSession session = project.session().orElseThrow();
        Tests.until("the deploy", () -> marks(session, "crm.py").equals(List.of(Mark.OK)));
        Disposer.dispose(project);
        int looks = window.looks.get();
        int updates = window.bannerUpdates.get();
        front(project);
        save(write("later.py", SERVICE));
        project.opened();
        assertEquals(looks + 1, window.looks.get(), "only opened() itself may look");
        assertEquals(Optional.empty(), project.session());
        assertEquals(updates, window.bannerUpdates.get());

        Disposer.dispose(app);
        Tests.until("the end of its threads", () -> threads().isEmpty());
        assertEquals(Optional.empty(), app.bridge());
        Disposer.dispose(app);
    }

    private static RealBridge realBridge() {
        try {
            return new RealBridge();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Hotbridge remember(Hotbridge hotbridge) {
        made.add(hotbridge);
        return hotbridge;
    }

    private HotbridgeProject open(FakeWindow shown) {
        MockProject project = platform.project(folder);
        project.registerService(ProjectTarget.class, new ProjectTarget());
        HotbridgeProject service = new HotbridgeProject(project, app, shown);
        project.registerService(HotbridgeProject.class, service, platform.life());
        opened.put(service, project);
        service.opened();
        return service;
    }

    private void front(HotbridgeProject project) {
        opened.get(project)
                .getMessageBus()
                .syncPublisher(FileEditorManagerListener.FILE_EDITOR_MANAGER)
                .selectionChanged(null);
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private void save(Path file) {
        platform.publish(Platform.saved(platform.file(file)));
    }

    private static List<ModuleRow> modules(ProjectSession session) {
        return session.history().targets().isEmpty()
                ? List.of()
                : Tests.get(session.history().modules("dev"));
    }

    private static List<Mark> marks(ProjectSession session, String module) {
        return session.history().targets().isEmpty()
                ? List.of()
                : Tests.get(session.history().first("dev", module, true)).rows().stream()
                        .map(HistoryRow::mark)
                        .toList();
    }

    /** Ours, of this test: the bridge's own client in RealBridge has one too. */
    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.equals("hotbridge"))
                .toList();
    }
}
