package io.hotbridge.core.bridge;

import static io.hotbridge.core.Tests.failure;
import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Log;
import io.hotbridge.core.RealBridge;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Live;
import io.hotbridge.core.wire.Page;
import io.hotbridge.core.wire.RollbackRequest;
import io.hotbridge.core.wire.ServerResult;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Vcs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The client against the real daemon and the stand-in servers. */
class DaemonTest {
    private static final String MARKER = "# zato: ide-deploy=True\n";
    private static RealBridge bridge;
    private static List<Path> servers;

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

    private static String source(String name, String answer) {
        return MARKER
                + """
                from zato.server.service import Service


                class Get(Service):
                    name = '%s'

                    def handle(self):
                        self.response.payload = %s
                """
                        .formatted(name, answer);
    }

    private static DeployRequest request(String module, String source, String trigger, String target) {
        return new DeployRequest(
                UUID.randomUUID().toString(),
                target,
                module,
                source,
                trigger,
                "/project/" + module,
                Vcs.NONE,
                false,
                false);
    }

    private static DeployRequest request(String module, String source) {
        return request(module, source, "manual", "");
    }

    private static BridgeClient connected() {
        BridgeClient client = bridge.client();
        get(client.connect(true));
        return client;
    }

    private static Page history(BridgeClient client, String module) {
        return get(client.history("dev", module, 50, "", false));
    }

    @Test
    void startedFoundAndProvedAndTheTargetsAreTold() {
        BridgeClient client = connected();
        assertEquals(ClientState.READY, client.state());
        assertTrue(client.targets().names().containsAll(Set.of("dev", "prod")));
        assertEquals("dev", client.targets().defaultTarget());
        Target dev = get(client.listTargets()).find("dev").orElseThrow();
        assertEquals(2, dev.servers().size());
        assertTrue(dev.servers().stream().allMatch(server -> server.running().equals("yes")));
        assertEquals(1 << 20, client.limits().module());
        assertEquals("dev", get(client.testTarget("dev")).name());
    }

    @Test
    void aDeployStepByStepUntilEachServerHasSaidSo() throws Exception {
        BridgeClient client = connected();
        List<Deploy> steps = new CopyOnWriteArrayList<>();
        client.listen(
                new ClientListener() {
                    @Override
                    public void deployChanged(Deploy deploy) {
                        if (deploy.module().equals("steps.py")) {
                            steps.add(deploy);
                        }
                    }
                });
        String text = "\uFEFF" + source("steps.get", "1").replace("\n", "\r\n");
        Deploy deploy = get(client.deploy(request("steps.py", text)));
        assertEquals("deployed", deploy.outcome());
        assertEquals(2, deploy.confirmed());
        assertEquals(List.of("steps.get"), deploy.servers().get(0).services());
        assertEquals("recorded", steps.get(0).state());
        assertTrue(steps.get(steps.size() - 1).isDone());
        assertEquals("/project/steps.py", deploy.document());
        Path pickup = servers.get(0).resolve("pickup/incoming/services/steps.py");
        assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), Files.readAllBytes(pickup));
    }

    @Test
    void theSameIdAgainIsTheSameDeploy() {
        BridgeClient client = connected();
        DeployRequest wanted = request("twice.py", source("twice.get", "1"));
        Deploy first = get(client.deploy(wanted));
        assertEquals(first.commit(), get(client.deploy(wanted)).commit());
        assertEquals(1, history(client, "twice.py").deploys().size());
    }

    @Test
    void theRulesOfASaveAreTheBridges() {
        BridgeClient client = connected();
        String unmarked = source("rules.get", "1").replace(MARKER, "");
        Trouble.Refused refused =
                failure(
                        Trouble.Refused.class,
                        client.deploy(request("rules.py", unmarked, "save", "")));
        assertEquals("not-on-save", refused.reason());
        DeployRequest guarded = request("rules.py", source("rules.get", "1"), "save", "prod");
        assertEquals(
                "needs-confirmation",
                failure(Trouble.Refused.class, client.deploy(guarded)).reason());
        assertEquals("deployed", get(client.deploy(guarded.asConfirmed())).outcome());
        assertEquals(
                "unknown-target",
                failure(
                                Trouble.Refused.class,
                                client.deploy(request("rules.py", "", "manual", "none")))
                        .reason());
    }

    @Test
    void aSyntaxErrorIsRejectedWithLineAndColumnInCodePoints() {
        BridgeClient client = connected();
        Deploy deploy =
                get(client.deploy(request("syntax.py", MARKER + "x = '😀' 'ż' )\n")));
        assertEquals("rejected", deploy.outcome());
        assertEquals("/project/syntax.py", deploy.diagnostics().get(0).path());
        assertEquals(2, deploy.diagnostics().get(0).line());
        assertEquals(13, deploy.diagnostics().get(0).column());
    }

    @Test
    void anImportErrorIsFailedInTheServersWordsAtItsLine() {
        BridgeClient client = connected();
        String text = "\nimport nothing_of_that_name\n" + source("imports.get", "1");
        Deploy deploy = get(client.deploy(request("imports.py", text)));
        assertEquals("failed", deploy.outcome());
        assertEquals(2, deploy.diagnostics().get(0).line());
        assertTrue(
                deploy.diagnostics().get(0).message().contains("nothing_of_that_name"),
                deploy.diagnostics().get(0).message());
    }

    @Test
    void twoMegabytesAreRejectedAndNothingIsWritten() {
        BridgeClient client = connected();
        String text = "# " + "x".repeat(2 << 20) + "\n";
        Deploy deploy = get(client.deploy(request("large.py", text)));
        assertEquals("rejected", deploy.outcome());
        assertTrue(deploy.message().contains("1048576"), deploy.message());
    }

    @Test
    void historySourceDiffLiveAndRollback() {
        BridgeClient client = connected();
        Deploy first = get(client.deploy(request("back.py", source("back.get", "1"))));
        Deploy second = get(client.deploy(request("back.py", source("back.get", "2"))));
        Page page = get(client.history("dev", "back.py", 1, "", false));
        assertEquals(second.commit(), page.deploys().get(0).commit());
        Page rest = get(client.history("dev", "back.py", 1, page.next(), false));
        assertEquals(first.commit(), rest.deploys().get(0).commit());
        assertEquals("", rest.next());
        assertEquals(
                source("back.get", "1"),
                get(client.source("dev", "back.py", first.commit())).text());
        String patch = get(client.diff("dev", "back.py", first.commit(), second.commit()));
        assertTrue(patch.contains("+        self.response.payload = 2"), patch);
        Deploy back =
                get(
                        client.rollback(
                                new RollbackRequest(
                                        UUID.randomUUID().toString(),
                                        "dev",
                                        "back.py",
                                        "",
                                        false,
                                        false)));
        assertEquals("deployed", back.outcome());
        assertEquals("rollback", back.trigger());
        List<Live> live = get(client.live("dev", "back.py"));
        assertEquals(2, live.size());
        assertTrue(live.stream().allMatch(one -> one.blob().equals(first.blob())));
    }

    @Test
    void aConflictIsToldAndForcedOver() throws Exception {
        BridgeClient client = connected();
        get(client.deploy(request("theirs.py", source("theirs.get", "1"))));
        for (Path server : servers) {
            Path pickup = server.resolve("pickup/incoming/services/theirs.py");
            if (Files.exists(pickup)) {
                Files.writeString(pickup, source("theirs.get", "'of somebody else'"));
            }
        }
        DeployRequest wanted = request("theirs.py", source("theirs.get", "2"));
        Deploy conflict = get(client.deploy(wanted));
        assertEquals("conflict", conflict.outcome());
        assertTrue(
                get(client.source("dev", "theirs.py", conflict.found()))
                        .text()
                        .contains("somebody else"));
        DeployRequest forced =
                new DeployRequest(
                        UUID.randomUUID().toString(),
                        "dev",
                        "theirs.py",
                        wanted.source(),
                        "manual",
                        wanted.document(),
                        Vcs.NONE,
                        true,
                        false);
        assertEquals("deployed", get(client.deploy(forced)).outcome());
    }

    @Test
    void killedInTheMiddleItIsBackByItselfAndThereIsOneDeploy() throws Exception {
        BridgeClient client = connected();
        bridge.turn(servers.get(0), "delay", "2");
        DeployRequest wanted = request("killed.py", source("killed.get", "1"));
        CountDownLatch delivered = new CountDownLatch(1);
        client.listen(
                new ClientListener() {
                    @Override
                    public void deployChanged(Deploy deploy) {
                        if (deploy.id().equals(wanted.id()) && deploy.state().equals("delivered")) {
                            delivered.countDown();
                        }
                    }
                });
        CompletableFuture<Deploy> deploy = client.deploy(wanted);
        assertTrue(delivered.await(60, TimeUnit.SECONDS));
        bridge.kill();
        bridge.turn(servers.get(0), "delay", "0");
        assertEquals("deployed", get(deploy).outcome());
        assertEquals(1, history(client, "killed.py").deploys().size());
    }

    @Test
    void killedBeforeItWasAskedNothingIsLostAndNothingIsDoubled() throws Exception {
        BridgeClient client = connected();
        List<CompletableFuture<Deploy>> deploys = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            String name = "storm" + i;
            deploys.add(client.deploy(request(name + ".py", source(name + ".get", "1"))));
        }
        bridge.kill();
        for (CompletableFuture<Deploy> deploy : deploys) {
            assertEquals("deployed", get(deploy).outcome());
        }
        for (int i = 1; i <= 4; i++) {
            assertEquals(1, history(client, "storm" + i + ".py").deploys().size());
        }
    }

    @Test
    void aNewerSaveReplacesTheOneThatWaits() {
        BridgeClient client = connected();
        bridge.turn(servers.get(0), "delay", "2");
        List<CompletableFuture<Deploy>> deploys = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String text = source("rain.get", Integer.toString(i));
            deploys.add(client.deploy(request("rain.py", text, "save", "")));
        }
        bridge.turn(servers.get(0), "delay", "0");
        List<String> outcomes =
                deploys.stream().map(deploy -> get(deploy).outcome()).toList();
        assertEquals("deployed", outcomes.get(3));
        assertTrue(outcomes.contains("superseded"), outcomes.toString());
    }

    @Test
    void cancelledWhileItWaits() {
        BridgeClient client = connected();
        bridge.turn(servers.get(0), "delay", "2");
        DeployRequest front = request("front.py", source("front.get", "1"));
        CompletableFuture<Deploy> first = client.deploy(front);
        DeployRequest waiting = request("waits.py", source("waits.get", "1"));
        CompletableFuture<Deploy> second = client.deploy(waiting);
        until(
                "the first one's delivery",
                () ->
                        get(
                                client.get(front.id())
                                        .handle((one, e) -> e == null ? one.state() : "")
                                        .thenApply("delivered"::equals)));
        Deploy cancelled = get(client.cancel(waiting.id())).orElseThrow();
        assertEquals("cancelled", cancelled.outcome());
        assertEquals("cancelled", get(second).outcome());
        assertEquals(
                "too-late", failure(Trouble.Refused.class, client.cancel(front.id())).reason());
        bridge.turn(servers.get(0), "delay", "0");
        assertEquals("deployed", get(first).outcome());
    }

    @Test
    void targetsThatChangeAreTold() {
        BridgeClient client = connected();
        bridge.command("target", "add", "extra", servers.get(0).toString());
        until("the new target", () -> client.targets().find("extra").isPresent());
        bridge.command("target", "remove", "extra");
        until("it to go", () -> client.targets().find("extra").isEmpty());
    }

    @Test
    void stoppedOnPurposeItIsNotStartedAgainUnasked() throws Exception {
        BridgeClient client = connected();
        bridge.command("stop");
        until("it is off", () -> client.state() == ClientState.OFF);
        assertTrue(new BridgeFinder(bridge.environment).find().isEmpty());
        assertEquals(
                "deployed",
                get(client.deploy(request("again.py", source("again.get", "1")))).outcome());
    }

    @Test
    void aLateWordIsToldAndTheOutcomeStays() throws Exception {
        List<Path> slow = bridge.target("slow", "confirmTimeout", "2s");
        BridgeClient client = connected();
        until("the new target", () -> client.targets().find("slow").isPresent());
        bridge.turn(slow.get(1), "delay", "5");
        List<Deploy> late = new CopyOnWriteArrayList<>();
        client.listen(
                new ClientListener() {
                    @Override
                    public void deployChanged(Deploy deploy) {
                        if (deploy.late()) {
                            late.add(deploy);
                        }
                    }
                });
        Deploy deploy =
                get(client.deploy(request("late.py", source("late.get", "1"), "save", "slow")));
        assertEquals("unconfirmed", deploy.outcome());
        assertFalse(deploy.isLive());
        assertEquals(
                Set.of("confirmed", "silent"),
                deploy.servers().stream().map(ServerResult::state).collect(Collectors.toSet()));
        until("the late word", () -> late.stream().anyMatch(Deploy::isLive));
        assertEquals("unconfirmed", late.get(late.size() - 1).outcome());
    }

    @Test
    void aWrongTokenAndAWrongKeyAreRefused() throws Exception {
        connected();
        BridgeInfo info = new BridgeFinder(bridge.environment).find().orElseThrow();
        BridgeInfo token =
                new BridgeInfo(
                        info.pid(),
                        info.url(),
                        "0".repeat(64),
                        info.proof(),
                        info.version(),
                        info.protocol(),
                        info.file());
        BridgeInfo key =
                new BridgeInfo(
                        info.pid(),
                        info.url(),
                        info.token(),
                        "00".repeat(32),
                        info.version(),
                        info.protocol(),
                        info.file());
        Threads threads = new Threads(Log.NONE);
        try {
            assertEquals(
                    Trouble.Connect.Failure.UNAUTHORIZED, Openings.failure(threads, token));
            assertEquals(Trouble.Connect.Failure.IMPOSTOR, Openings.failure(threads, key));
        } finally {
            threads.close();
        }
    }
}
