package io.hotbridge.core;

import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.bridge.BridgeFinder;
import io.hotbridge.core.bridge.BridgeInfo;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.state.Problem;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Banner;
import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ModuleRow;
import io.hotbridge.core.view.TargetChoice;
import io.hotbridge.core.wire.Deploy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The whole core as the IDE has it, from a save to what is shown, against the real daemon. */
class SessionTest {
    private static final String MARKER = "# zato: ide-deploy=True\n";
    private static RealBridge bridge;
    private static List<Path> servers;
    private static int count;

    private final List<AutoCloseable> opened = new ArrayList<>();
    private Path project;
    private TestHost host;
    private Hotbridge hotbridge;
    private ProjectSession session;

    /** A module's name that no other test has. */
    private String name;

    @BeforeAll
    static void begin() throws Exception {
        bridge = new RealBridge();
        servers = bridge.target("dev", "confirmTimeout", "10s");
        bridge.target("prod", "guard", "confirm", "onSave", "always", "confirmTimeout", "10s");
    }

    @AfterAll
    static void end() throws Exception {
        bridge.close();
    }

    @BeforeEach
    void open() throws Exception {
        project = Files.createDirectories(bridge.home.resolve("projects/p" + ++count));
        name = "module" + count;
        host = new TestHost(project);
        hotbridge = bridge.hotbridge();
        session = hotbridge.open(host);
        until("the bridge", () -> hotbridge.client().state() == ClientState.READY);
    }

    @AfterEach
    void close() {
        hotbridge.close();
    }

    private static String service(String name, String answer) {
        return """
        from zato.server.service import Service


        class Get(Service):
            name = '%s.get'

            def handle(self):
                self.response.payload = %s
        """
                .formatted(name, answer);
    }

    private Path write(String text) throws Exception {
        return Files.writeString(project.resolve(name + ".py"), text);
    }

    private Path write(int answer) throws Exception {
        return write(MARKER + service(name, Integer.toString(answer)));
    }

    private String line() {
        return session.statusLine(Optional.empty()).text();
    }

    private List<Deploy> history() {
        return get(hotbridge.client().history("dev", name + ".py", 50, "", true)).deploys();
    }

    @Test
    void aSaveIsDeployedAndSuccessIsQuiet() throws Exception {
        get(hotbridge.saved(write(1)));
        assertTrue(line().startsWith("✓ " + name + ".py dev 2/2 "), line());
        assertEquals(List.of(), host.texts());
        assertEquals(2, session.serverRows(Optional.empty()).size());
        assertEquals(name + ".get", session.serverRows(Optional.empty()).get(0).detail());
        assertEquals("save", history().get(0).trigger());
        assertEquals(project.resolve(name + ".py").toString(), history().get(0).document());
        assertTrue(host.history.contains("dev/" + name + ".py"));
    }

    @Test
    void fiveSavesAtOnceAreFiveDeploys() throws Exception {
        List<CompletableFuture<Void>> saves = new ArrayList<>();
        for (int i = 1; i <= 5; i++) {
            String each = name + "_" + i;
            Path file = project.resolve(each + ".py");
            Files.writeString(file, MARKER + service(each, "1"));
            saves.add(hotbridge.saved(file));
        }
        saves.forEach(Tests::get);
        assertTrue(line().contains(" +4 dev 2/2"), line());
        for (int i = 1; i <= 5; i++) {
            String module = name + "_" + i + ".py";
            assertEquals(
                    1, get(hotbridge.client().history("dev", module, 9, "", true)).deploys().size());
        }
    }

    @Test
    void aFileWithoutTheMarkerAndOneThatIsNoModuleAreLeftAlone() throws Exception {
        get(hotbridge.saved(write(service(name, "1"))));
        get(hotbridge.saved(Files.writeString(project.resolve("notes.txt"), MARKER)));
        assertEquals(List.of(), history());
        assertEquals("", line());
        assertEquals(List.of(), host.texts());
        get(session.deploy(project.resolve("notes.txt"), ""));
        assertTrue(host.texts().get(0).contains("only .py files"), host.texts().toString());
    }

    @Test
    void theCommandNeedsNoMarker() throws Exception {
        get(session.deploy(write(service(name, "1")), ""));
        assertTrue(line().startsWith("✓"), line());
        assertEquals("manual", history().get(0).trigger());
    }

    @Test
    void aFailureIsMarkedAndToldAndOverWithTheNextSuccess() throws Exception {
        Path file = write("\n\nimport nothing_of_that_name\n" + MARKER + service(name, "1"));
        get(hotbridge.saved(file));
        assertTrue(line().startsWith("✗ " + name + ".py dev failed 0/2"), line());
        List<Problem> problems = session.problems(file.toString());
        assertEquals(1, problems.size(), problems.toString());
        assertEquals(3, problems.get(0).line());
        assertEquals(1, host.balloons.size(), host.texts().toString());
        assertEquals(3, host.action(Action.Kind.SHOW_PROBLEM).line());
        get(hotbridge.saved(file));
        assertEquals(1, host.everShown.size(), "the same cause is told once");
        // Another file's success changes nothing of it.
        Path other = project.resolve(name + "_other.py");
        Files.writeString(other, MARKER + service(name + "_other", "1"));
        get(hotbridge.saved(other));
        assertEquals(1, session.problems(file.toString()).size());
        get(hotbridge.saved(write(2)));
        assertEquals(List.of(), session.problems(file.toString()));
        assertEquals(
                List.of(name + ".py is live on dev again, on 2/2 servers."), host.texts());
    }

    @Test
    void aSyntaxErrorIsMarkedAtItsColumn() throws Exception {
        Path file = write(MARKER + "def f(:\n");
        get(hotbridge.saved(file));
        assertEquals("✗ " + name + ".py not deployed", line());
        assertEquals(2, session.problems(file.toString()).get(0).line());
        assertTrue(session.problems(file.toString()).get(0).column() > 0);
    }

    @Test
    void aConflictHasABannerWhereItsFileIsShownElseABalloon() throws Exception {
        Path file = write(1);
        get(hotbridge.saved(file));
        byTheirs();
        host.shown = true;
        get(hotbridge.saved(write(2)));
        assertEquals(List.of(), host.texts(), "never two for one cause");
        Banner banner = session.banner(file, MARKER).orElseThrow();
        assertEquals(Banner.Kind.CONFLICT, banner.kind());
        Action difference = banner.actions().get(0);
        assertEquals(Action.Kind.SHOW_DIFFERENCE, difference.kind());
        assertFalse(session.perform(difference), "the IDE's to do");
        assertTrue(
                get(session.history().found(difference.deploy().orElseThrow()))
                        .text()
                        .contains("'theirs'"));
        host.shown = false;
        get(hotbridge.saved(write(3)));
        assertEquals("⚠ " + name + ".py dev conflict", line());
        Action anyway = host.action(Action.Kind.DEPLOY_ANYWAY);
        assertTrue(session.perform(anyway));
        until("it is forced", () -> line().startsWith("✓"));
        assertEquals(Optional.empty(), session.banner(file, MARKER));
        assertEquals(List.of(), host.texts());
        assertEquals(
                MARKER + service(name, "3"),
                Files.readString(servers.get(0).resolve("pickup/incoming/services/" + name + ".py")));
    }

    @Test
    void aConflictThatIsLeftAloneIsDismissed() throws Exception {
        Path file = write(1);
        get(hotbridge.saved(file));
        byTheirs();
        get(hotbridge.saved(write(2)));
        session.perform(host.action(Action.Kind.DISMISS));
        until("the banner goes", () -> session.banner(file, MARKER).isEmpty());
        until("the balloon goes", () -> host.balloons.isEmpty());
    }

    private void byTheirs() throws Exception {
        for (Path server : servers) {
            Path pickup = server.resolve("pickup/incoming/services/" + name + ".py");
            if (Files.exists(pickup)) {
                Files.writeString(pickup, service(name, "'theirs'"));
            }
        }
    }

    @Test
    void aGuardedTargetAsksAndASaveIsDeployedOnYes() throws Exception {
        host.target = "prod";
        get(hotbridge.saved(write(service(name, "1"))));
        assertEquals("", line());
        assertEquals(
                List.of("prod asks before each deploy. Deploy " + name + ".py?"), host.texts());
        get(hotbridge.saved(write(service(name, "2"))));
        assertEquals(1, host.balloons.size(), "the newer question takes the place");
        assertTrue(session.perform(host.action(Action.Kind.CONFIRM)));
        until("it is deployed", () -> line().startsWith("✓ " + name + ".py prod 2/2"));
        assertEquals(List.of(), host.texts());
        List<Deploy> deploys =
                get(hotbridge.client().history("prod", name + ".py", 9, "", true)).deploys();
        assertEquals(1, deploys.size());
        assertEquals(
                service(name, "2"), get(session.history().source(deploys.get(0))).text());
    }

    @Test
    void aGuardedTargetAsksBeforeACommandAndNoIsNo() throws Exception {
        host.yes = false;
        get(session.deploy(write(1), "prod"));
        assertEquals(1, host.questions.size());
        assertEquals("Deploy to prod", host.questions.get(0).yes());
        assertEquals("", line());
        host.yes = true;
        get(session.deploy(write(1), "prod"));
        assertTrue(line().startsWith("✓ " + name + ".py prod"), line());
    }

    @Test
    void theHistoryIsShownByPagesAndRestored() throws Exception {
        for (int i = 1; i <= 3; i++) {
            get(hotbridge.saved(write(i)));
        }
        get(hotbridge.saved(write(MARKER + "def f(:\n")));
        List<ModuleRow> modules = get(session.history().modules("dev"));
        assertTrue(modules.stream().anyMatch(row -> row.module().equals(name + ".py")));
        HistoryPage page = get(session.history().first("dev", name + ".py", false));
        assertEquals(3, page.rows().size(), "what was rejected never reached the servers");
        assertFalse(page.hasMore());
        assertEquals(4, get(session.history().first("dev", name + ".py", true)).rows().size());
        HistoryRow first = page.rows().get(2);
        assertEquals(Mark.OK, first.mark());
        assertEquals("2/2", first.tally());
        assertTrue(first.hasVersion());
        assertTrue(get(session.history().source(first.deploy())).text().contains("payload = 1"));
        assertTrue(session.history().title(first.deploy()).endsWith(" on dev)"));
        get(session.restore(first.deploy()));
        assertTrue(host.questions.get(0).text().contains("Your own file stays as it is"));
        assertEquals("rollback", history().get(0).trigger());
        assertEquals(first.deploy().blob(), history().get(0).blob());
        assertTrue(line().startsWith("✓"), line());
    }

    @Test
    void manyVersionsAreReadByPages() throws Exception {
        Path file = write(0);
        for (int i = 1; i <= 26; i++) {
            // Rejected ones are as good for this, and quick.
            get(session.deploy(write("def f(: " + i + "\n"), ""));
        }
        HistoryPage page = get(session.history().first("dev", file.getFileName().toString(), true));
        assertEquals(25, page.rows().size());
        assertTrue(page.hasMore());
        HistoryPage all = get(session.history().more(page));
        assertEquals(26, all.rows().size());
        assertFalse(all.hasMore());
        assertEquals(all, get(session.history().more(all)));
    }

    @Test
    void cancelledWhileItWaitsAndTooLateAfterwards() throws Exception {
        bridge.turn(servers.get(0), "delay", "3");
        try {
            CompletableFuture<Void> first = hotbridge.saved(write(1));
            until(
                    "its delivery",
                    () ->
                            session.underWay().stream()
                                    .anyMatch(deploy -> deploy.state().equals("delivered")));
            String id = session.underWay().get(0).id();
            get(session.cancel(id));
            assertTrue(host.texts().get(0).contains("too late"), host.texts().toString());
            Path other = project.resolve(name + "_other.py");
            Files.writeString(other, MARKER + service(name + "_other", "1"));
            CompletableFuture<Void> second = hotbridge.saved(other);
            until("it waits", () -> session.underWay().size() == 2);
            String waiting =
                    session.underWay().stream()
                            .map(Deploy::id)
                            .filter(each -> !each.equals(id))
                            .findFirst()
                            .orElseThrow();
            get(session.cancel(waiting));
            get(second);
            get(first);
            assertTrue(session.underWay().isEmpty());
        } finally {
            bridge.turn(servers.get(0), "delay", "0");
        }
    }

    @Test
    void aTargetThatIsGoneIsSaidOnceAndOfferedToBeChosen() throws Exception {
        host.target = "old";
        Path file = write(1);
        assertEquals(
                Banner.Kind.SETUP, session.banner(file, MARKER).orElseThrow().kind());
        assertEquals(Optional.empty(), session.banner(file, "no marker"));
        get(hotbridge.saved(file));
        get(hotbridge.saved(file));
        assertEquals(
                List.of(
                        "The target old of this project is not there any more. Nothing was"
                                + " deployed."),
                host.texts());
        assertEquals(Action.Kind.CHOOSE_TARGET, host.action(Action.Kind.CHOOSE_TARGET).kind());
        List<TargetChoice> choices = get(session.targetChoices());
        assertTrue(choices.stream().anyMatch(each -> each.name().equals("dev")));
        assertTrue(choices.get(0).detail().startsWith("2 of 2 running · on save: marker"));
        host.target = "dev";
        session.settingsChanged();
        get(hotbridge.saved(file));
        assertTrue(line().startsWith("✓"), line());
        assertEquals(Optional.empty(), session.banner(file, MARKER));
        assertEquals(List.of(), host.texts());
    }

    @Test
    void oddFilesAreNamedAndNothingIsSent() throws Exception {
        Path file = project.resolve(name + ".py");
        Files.write(file, (MARKER + "# \u00e9\n").getBytes(StandardCharsets.ISO_8859_1));
        get(hotbridge.saved(file));
        assertTrue(host.texts().get(0).contains("is not UTF-8"), host.texts().toString());
        Files.writeString(file, MARKER + "\0");
        get(hotbridge.saved(file));
        assertTrue(host.texts().get(0).contains("NUL"), host.texts().toString());
        Files.writeString(file, MARKER + "x".repeat(9 << 20));
        get(hotbridge.saved(file));
        assertTrue(host.texts().get(0).contains("9.0 MB"), host.texts().toString());
        Files.delete(file);
        get(session.deploy(file, ""));
        assertTrue(host.texts().get(0).contains("not there any more"), host.texts().toString());
        assertEquals(1, host.balloons.size());
        assertEquals(List.of(), history());
        get(hotbridge.saved(write(1)));
        assertTrue(line().startsWith("✓"), line());
        assertEquals(List.of(), host.texts());
    }

    @Test
    void aFileWithoutTheMarkerThatIsOddSaysNothing() throws Exception {
        Path file = project.resolve(name + ".py");
        Files.write(file, "# \u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        get(hotbridge.saved(file));
        assertEquals(List.of(), host.texts());
    }

    @Test
    void aFileOfNoProjectIsNotDeployedOnSaveAndIsOffered() throws Exception {
        Path file = bridge.home.resolve("outside" + count + ".py");
        Files.writeString(file, MARKER + service("outside", "1"));
        get(hotbridge.saved(file));
        assertTrue(host.texts().get(0).contains("none of the open projects"));
        assertEquals(Action.Kind.DEPLOY_TO, host.action(Action.Kind.DEPLOY_TO).kind());
        get(session.deploy(file, ""));
        assertEquals("", line());
        get(session.deploy(file, "dev"));
        assertTrue(line().startsWith("✓ outside" + count + ".py"), line());
    }

    @Test
    void twoProjectsOnOneFileAreOneDeployShownInBoth() throws Exception {
        TestHost outer = new TestHost(project.getParent());
        outer.target = "nowhere";
        ProjectSession other = hotbridge.open(outer);
        get(hotbridge.saved(write(1)));
        assertEquals(1, history().size());
        assertTrue(line().startsWith("✓"), line());
        until(
                "the other project shows it too",
                () -> other.statusLine(Optional.empty()).text().equals(line()));
        assertEquals(List.of(), outer.texts());
        other.close();
    }

    @Test
    void ofTwoEqualProjectsTheActiveOneDeploys() throws Exception {
        TestHost twin = new TestHost(project);
        twin.target = "prod";
        host.active = false;
        ProjectSession other = hotbridge.open(twin);
        get(hotbridge.saved(write(1)));
        assertEquals(List.of(), host.texts());
        assertTrue(twin.texts().get(0).startsWith("prod asks"), twin.texts().toString());
        other.close();
    }

    @Test
    void theSaveOfACommandDeploysOnce() throws Exception {
        Path file = write(1);
        try (Hotbridge.Quiet quiet = hotbridge.quietly(file)) {
            get(hotbridge.saved(file));
        }
        assertEquals(List.of(), history());
        get(session.deploy(file, ""));
        get(hotbridge.saved(file));
        assertEquals(List.of("save", "manual"), history().stream().map(Deploy::trigger).toList());
    }

    @Test
    void aDeployOfTheCommandLineIsShownWhereItsFileIs() throws Exception {
        Path file = write(1);
        bridge.command("deploy", file.toString());
        until("it is shown", () -> line().startsWith("✓ " + name + ".py"));
        write("def f(:\n");
        try {
            bridge.command("deploy", file.toString());
        } catch (Trouble.Command e) {
            assertEquals(5, e.exitCode());
        }
        until("its problem", () -> session.problems(file.toString()).size() == 1);
        assertEquals(List.of(), host.texts(), "who asked was told by the command line");
    }

    @Test
    void killedInTheMiddleThereIsOneOutcomeAndNothingIsTold() throws Exception {
        bridge.turn(servers.get(0), "delay", "2");
        CompletableFuture<Void> save = hotbridge.saved(write(1));
        until(
                "its delivery",
                () ->
                        session.underWay().stream()
                                .anyMatch(deploy -> deploy.state().equals("delivered")));
        bridge.kill();
        bridge.turn(servers.get(0), "delay", "0");
        get(save);
        assertTrue(line().startsWith("✓"), line());
        assertEquals(1, history().size());
        assertEquals(List.of(), host.texts());
    }

    @Test
    void stoppedItIsOffUntilASaveStartsIt() throws Exception {
        bridge.command("stop");
        until("it is off", () -> hotbridge.client().state() == ClientState.OFF);
        Path file = write(1);
        assertEquals("hotbridge: off", session.statusLine(Optional.of(file)).text());
        get(hotbridge.saved(file));
        assertTrue(line().startsWith("✓"), line());
    }

    @Test
    void whereThereIsNoProgramItIsSaidOnceWithWhatToDo() throws Exception {
        bridge.command("stop");
        Hotbridge without =
                bridge.hotbridge(new Settings("/nowhere/hotbridge", true, Settings.Notify.ALL));
        TestHost alone = new TestHost(project);
        ProjectSession lost = without.open(alone);
        Path file = write(1);
        until("it is known", () -> lost.banner(file, MARKER).isPresent());
        for (int i = 0; i < 3; i++) {
            get(without.saved(file));
        }
        assertEquals(1, alone.everShown.size(), alone.texts().toString());
        assertTrue(alone.texts().get(0).contains("/nowhere/hotbridge"));
        assertEquals(
                Action.Kind.HOW_TO_INSTALL, alone.action(Action.Kind.HOW_TO_INSTALL).kind());
        assertEquals("hotbridge: not installed", lost.statusLine(Optional.of(file)).text());
        get(session.start());
        until("the banner goes", () -> without.client().state() == ClientState.OFF);
        get(without.client().connect(false));
        until("the balloon goes", () -> alone.balloons.isEmpty());
        without.close();
    }

    @Test
    void theSettingNotToStartTheBridgeIsKept() throws Exception {
        bridge.command("stop");
        Hotbridge passive =
                bridge.hotbridge(
                        new Settings(Tests.program().toString(), false, Settings.Notify.ALL));
        TestHost alone = new TestHost(project);
        passive.open(alone);
        get(passive.saved(write(1)));
        assertTrue(alone.texts().get(0).contains("hotbridge start"), alone.texts().toString());
        assertEquals(1, alone.everShown.size());
        passive.close();
        get(session.start());
    }

    @Test
    void theLogHoldsNoTokenNoKeyAndNoSource() throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        Log log =
                new Log() {
                    @Override
                    public void info(String words) {
                        lines.add(words);
                    }

                    @Override
                    public void warn(String words) {
                        lines.add(words);
                    }

                    @Override
                    public void defect(String words, Throwable error) {
                        lines.add("defect: " + words + " " + error);
                    }
                };
        Hotbridge logged =
                bridge.hotbridge(
                        new Settings(Tests.program().toString(), true, Settings.Notify.ALL), log);
        ProjectSession other = logged.open(new TestHost(project));
        BridgeInfo first = new BridgeFinder(bridge.environment).find().orElseThrow();
        get(other.deploy(write(service(name, "'canary'")), ""));
        bridge.kill();
        get(other.deploy(write(service(name, "'canary2'")), ""));
        BridgeInfo second = new BridgeFinder(bridge.environment).find().orElseThrow();
        logged.close();
        String all = String.join("\n", lines);
        assertTrue(all.contains(name + ".py → dev: deployed"), all);
        for (String secret :
                List.of(
                        first.token(), first.proof(), second.token(), second.proof(), "canary",
                        "defect: ")) {
            assertFalse(all.contains(secret), all);
        }
    }

    @Test
    void aProjectThatThrowsDoesNotStopTheOthers() throws Exception {
        TestHost bad = new TestHost(project.getParent());
        bad.broken = true;
        hotbridge.open(bad);
        get(hotbridge.saved(write(1)));
        assertTrue(line().startsWith("✓"), line());
    }

    @Test
    void theProgramsCommands() throws Exception {
        List<String> doctor = get(hotbridge.commands().doctor());
        assertTrue(doctor.stream().anyMatch(words -> words.contains("dev")), doctor.toString());
        get(hotbridge.commands().addTarget("more", servers.get(0)));
        until("it is told", () -> hotbridge.client().targets().find("more").isPresent());
        assertTrue(hotbridge.commands().checkTargetName("more").contains("already"));
        assertEquals("", hotbridge.commands().checkTargetName("new-1"));
        for (String odd : List.of("", "Dev", "-x", "a..b", "a.lock", "a.", "a b", "ż")) {
            assertFalse(hotbridge.commands().checkTargetName(odd).isEmpty(), odd);
        }
        bridge.command("target", "remove", "more");
    }
}
