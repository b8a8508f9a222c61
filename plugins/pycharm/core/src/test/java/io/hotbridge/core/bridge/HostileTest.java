package io.hotbridge.core.bridge;

import static io.hotbridge.core.Tests.failure;
import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.hotbridge.core.Log;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Protocol;
import io.hotbridge.core.wire.Vcs;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Bridges that are not, or are wrong, or go away: one clear error each, nothing sent that should
 * not be, nothing hung, nothing twice.
 */
class HostileTest {
    private static final String SOURCE = "SECRET = 'of nobody else'\n";

    private final Threads threads = new Threads(Log.NONE);
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<String> troubles = new CopyOnWriteArrayList<>();
    private final AtomicLong clock = new AtomicLong();
    private final AtomicInteger starts = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        threads.close();
    }

    private FakeBridge fake(FakeBridge.Answer answer) throws Exception {
        FakeBridge bridge = new FakeBridge(answer);
        opened.add(bridge);
        return bridge;
    }

    /** One that answers initialize, and the rest so. */
    private FakeBridge good(FakeBridge.Answer answer) throws Exception {
        return fake(
                request -> {
                    if (request.method().equals("initialize")) {
                        request.hello();
                    } else {
                        answer.to(request);
                    }
                });
    }

    private BridgeClient client(
            Callable<Optional<BridgeInfo>> find, Callable<Void> start, Duration handshake) {
        BridgeClient client =
                new BridgeClient(
                        new BridgeClient.Options(
                                "test",
                                "1",
                                find,
                                () -> {
                                    starts.incrementAndGet();
                                    return start.call();
                                },
                                Log.NONE,
                                failures -> 5L,
                                clock::get,
                                handshake),
                        threads);
        client.listen(
                new ClientListener() {
                    @Override
                    public void troubled(Trouble trouble) {
                        troubles.add(trouble.getMessage());
                    }
                });
        opened.add(0, client);
        return client;
    }

    private BridgeClient client(Callable<Optional<BridgeInfo>> find, Callable<Void> start) {
        return client(find, start, Connection.HANDSHAKE);
    }

    private BridgeClient client(FakeBridge bridge) {
        return client(() -> Optional.of(bridge.info()), HostileTest::notInstalled);
    }

    private static Void notInstalled() {
        throw new Trouble.Missing("not installed");
    }

    private static DeployRequest request(String module, String source) {
        return new DeployRequest(
                UUID.randomUUID().toString(),
                "",
                module,
                source,
                "save",
                "",
                Vcs.NONE,
                false,
                false);
    }

    private static DeployRequest request() {
        return request("a.py", SOURCE);
    }

    private static String all(FakeBridge bridge) {
        return bridge.requests.stream()
                .map(one -> one.method() + one.params())
                .collect(Collectors.joining());
    }

    @Test
    void connectsWithTheTokenTheSubprotocolAndNoOrigin() throws Exception {
        FakeBridge bridge = fake(null);
        get(Openings.open(threads, bridge.info(), Connection.HANDSHAKE));
        String head = bridge.upgrades.get(0).toLowerCase();
        assertTrue(head.contains("\r\nauthorization: bearer " + FakeBridge.TOKEN + "\r\n"), head);
        assertTrue(head.contains("\r\nsec-websocket-protocol: hotbridge.v1\r\n"), head);
        assertFalse(head.contains("\r\norigin:"), head);
        assertFalse(head.contains("sec-websocket-extensions"), head);
        assertFalse(head.contains("http2-settings"), head);
    }

    @Test
    void anImpostorIsToldNothing() throws Exception {
        FakeBridge bridge = fake(request -> request.hello("proof", "00".repeat(32)));
        BridgeClient client = client(() -> Optional.of(bridge.info()), () -> null);
        Trouble.Connect trouble = failure(Trouble.Connect.class, client.deploy(request()));
        assertEquals(Failure.IMPOSTOR, trouble.failure());
        assertTrue(bridge.requests.stream().allMatch(one -> one.method().equals("initialize")));
        assertFalse(all(bridge).contains("SECRET"));
        assertFalse(all(bridge).contains(FakeBridge.KEY));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "zz", "abc", "ABCD"})
    void aProofThatIsNoneIsAnImpostors(String proof) throws Exception {
        FakeBridge bridge =
                fake(
                        request -> {
                            JsonObject result =
                                    Protocol.params(
                                            "protocol", 1, "proof", proof);
                            result.add(
                                    "server",
                                    Protocol.params("version", "1"));
                            request.result(result);
                        });
        assertEquals(Failure.IMPOSTOR, Openings.failure(threads, bridge.info()));
    }

    @Test
    void leftOverFilesANewBridgeIsStarted() throws Exception {
        FakeBridge impostor = fake(request -> request.hello("proof", "00".repeat(32)));
        FakeBridge gone = new FakeBridge(null);
        BridgeInfo nobody = gone.info();
        gone.close();
        for (BridgeInfo leftOver : List.of(impostor.info(), nobody)) {
            FakeBridge right = good(FakeBridge.Request::done);
            AtomicReference<BridgeInfo> found = new AtomicReference<>(leftOver);
            BridgeClient client =
                    client(
                            () -> Optional.of(found.get()),
                            () -> {
                                found.set(right.info());
                                return null;
                            });
            assertEquals("deployed", get(client.deploy(request())).outcome());
            assertEquals(List.of(), troubles);
        }
        assertFalse(all(impostor).contains("SECRET"));
    }

    @Test
    void anOlderAndANewerProtocolAreSaidInWordsOnce() throws Exception {
        FakeBridge refuses =
                fake(
                        request ->
                                request.error(
                                        "unsupported-protocol",
                                        "protocol 1 is not spoken here, only 2: update"));
        FakeBridge newer = fake(request -> request.hello("protocol", 7));
        for (FakeBridge bridge : List.of(refuses, newer)) {
            troubles.clear();
            BridgeClient client = client(bridge);
            Trouble.Connect trouble = failure(Trouble.Connect.class, client.deploy(request()));
            assertEquals(Failure.PROTOCOL, trouble.failure());
            int tries = bridge.requests.size();
            until("it goes on trying", () -> bridge.requests.size() > tries + 3);
            assertEquals(List.of(trouble.getMessage()), troubles);
            assertFalse(all(bridge).contains("SECRET"));
        }
        assertTrue(troubles.get(0).contains("protocol 7"), troubles.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "\0\1\2 no\r\n\r\n",
                "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
            })
    void whatListensIsNoBridgeAnErrorAndOnlyOneMessage(String words) throws Exception {
        FakeBridge server = FakeBridge.raw(words.getBytes(StandardCharsets.ISO_8859_1));
        opened.add(server);
        AtomicInteger attempts = new AtomicInteger();
        BridgeClient client =
                client(
                        () -> {
                            attempts.incrementAndGet();
                            return Optional.of(server.info());
                        },
                        HostileTest::notInstalled);
        failure(Trouble.Connect.class, client.deploy(request()));
        int tries = attempts.get();
        until("it goes on trying", () -> attempts.get() > tries + 3);
        assertEquals(1, troubles.size(), troubles.toString());
        assertFalse(troubles.get(0).contains(FakeBridge.TOKEN));
    }

    @Test
    void garbageAfterAGoodBeginning() throws Exception {
        FakeBridge bridge = good(request -> request.peer().text("{'not': json}"));
        BridgeClient client = client(bridge);
        get(client.connect(false));
        failure(Trouble.Garbled.class, client.listTargets());
        client.deploy(request());
        until("it is told", () -> !troubles.isEmpty());
        assertTrue(troubles.get(0).contains("not JSON"), troubles.toString());
    }

    @Test
    void aBinaryMessageAndBytesThatAreNoUtf8EndTheConnection() throws Exception {
        for (int kind : new int[] {1, 2}) {
            FakeBridge bridge =
                    good(request -> request.peer().frame(kind, true, new byte[] {-1, -2}));
            BridgeClient client = client(bridge);
            get(client.connect(false));
            failure(Trouble.class, client.listTargets());
        }
    }

    @Test
    void aMessageWithoutEndIsGivenUp() throws Exception {
        byte[] megabyte = "x".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        FakeBridge bridge =
                good(
                        request -> {
                            request.peer().frame(1, false, megabyte);
                            for (int i = 0; i < 40; i++) {
                                request.peer().frame(0, false, megabyte);
                            }
                        });
        BridgeClient client = client(bridge);
        get(client.connect(false));
        Trouble.Garbled trouble = failure(Trouble.Garbled.class, client.listTargets());
        assertTrue(trouble.getMessage().contains("too long"));
    }

    @Test
    void aHugeMessageWithinTheLimitIsRead() throws Exception {
        String patch = "+x\n".repeat(5 << 20);
        FakeBridge bridge =
                good(
                        request ->
                                request.result(
                                        Protocol.params("patch", patch)));
        BridgeClient client = client(bridge);
        assertEquals(patch, get(client.diff("dev", "a.py", "", "")));
    }

    @Test
    void notificationsThatCannotBeReadArePassedOver() throws Exception {
        FakeBridge bridge =
                good(
                        request -> {
                            String head = "{\"jsonrpc\":\"2.0\",\"method\":\"";
                            request.peer().text(head + "deploy/changed\",\"params\":{}}");
                            request.peer().text(head + "deploy/changed\",\"params\":[1]}");
                            request.peer().text(head + "targets/changed\",\"params\":3}");
                            request.peer().text(head + "new/thing\"}");
                            request.peer().text("{\"jsonrpc\":\"2.0\",\"id\":99,\"result\":{}}");
                            request.done();
                        });
        BridgeClient client = client(bridge);
        assertEquals("deployed", get(client.deploy(request())).outcome());
        assertEquals(1, bridge.upgrades.size());
    }

    @Test
    void aBridgeThatNeverAnswersDoesNotHangUs() throws Exception {
        FakeBridge silent = fake(request -> {});
        Trouble.Connect trouble =
                failure(
                        Trouble.Connect.class,
                        Openings.open(threads, silent.info(), Duration.ofMillis(200)));
        assertEquals(Failure.TIMEOUT, trouble.failure());
        BridgeClient client =
                client(
                        () -> Optional.of(silent.info()),
                        HostileTest::notInstalled,
                        Duration.ofMillis(50));
        failure(Trouble.Connect.class, client.deploy(request()));
        until("it is told", () -> troubles.size() == 1);
    }

    @Test
    void aPortThatNeverAnswersTheUpgradeDoesNotHangUs() throws Exception {
        try (ServerSocket mute =
                new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            BridgeInfo info = fake(null).info();
            BridgeInfo there =
                    new BridgeInfo(
                            info.pid(),
                            "ws://127.0.0.1:" + mute.getLocalPort() + "/",
                            info.token(),
                            info.proof(),
                            "",
                            1,
                            info.file());
            assertEquals(
                    Failure.TIMEOUT,
                    failure(
                                    Trouble.Connect.class,
                                    Openings.open(threads, there, Duration.ofMillis(200)))
                            .failure());
        }
    }

    @Test
    void aWrongTokenTheFileIsReadAgain() throws Exception {
        FakeBridge right = fake(null);
        FakeBridge stale =
                FakeBridge.raw(
                        "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
                                .getBytes(StandardCharsets.US_ASCII));
        opened.add(stale);
        AtomicInteger reads = new AtomicInteger();
        BridgeClient client =
                client(
                        () ->
                                Optional.of(
                                        (reads.getAndIncrement() == 0 ? stale : right).info()),
                        HostileTest::notInstalled);
        get(client.connect(false));
        assertEquals(List.of(), troubles);
        assertEquals(2, reads.get());
    }

    @Test
    void noProgramSaidAtOnceToWhoAskedAndOnceToTheRest() throws Exception {
        AtomicInteger looks = new AtomicInteger();
        BridgeClient client =
                client(
                        () -> {
                            looks.incrementAndGet();
                            return Optional.empty();
                        },
                        HostileTest::notInstalled);
        failure(Trouble.Missing.class, client.deploy(request()));
        until("it is told", () -> troubles.size() == 1);
        int before = looks.get();
        failure(Trouble.Lost.class, client.connect(false));
        assertTrue(looks.get() > before, "it looks again");
        assertEquals(1, starts.get(), "it is not tried again until it is asked for");
        assertEquals(1, troubles.size());
        failure(Trouble.Missing.class, client.deploy(request()));
        assertEquals(2, starts.get());
    }

    @Test
    void aConnectionThatGoesAskedForAgainByTheSameIdWithTheSameBytes() throws Exception {
        AtomicInteger deploys = new AtomicInteger();
        FakeBridge bridge =
                good(
                        request -> {
                            if (deploys.getAndIncrement() == 0) {
                                request.peer().cut();
                            } else {
                                request.done();
                            }
                        });
        BridgeClient client = client(bridge);
        get(client.connect(false));
        DeployRequest wanted = request();
        assertEquals("deployed", get(client.deploy(wanted)).outcome());
        List<FakeBridge.Request> sent = bridge.of("deploy");
        assertEquals(2, sent.size());
        assertEquals(sent.get(0).params(), sent.get(1).params());
        assertEquals(wanted.id(), sent.get(0).params().get("id").getAsString());
    }

    @Test
    void aSaveThatNeverArrivedIsNotDeployedAMinuteLater() throws Exception {
        FakeBridge bridge =
                good(
                        request -> {
                            if (request.method().equals("deploy")) {
                                clock.addAndGet(61_000);
                                request.peer().cut();
                            } else {
                                request.error("unknown-deploy", "unknown");
                            }
                        });
        BridgeClient client = client(bridge);
        Trouble.TooLate late = failure(Trouble.TooLate.class, client.deploy(request()));
        assertTrue(late.getMessage().contains("Save it again"));
        assertEquals(1, bridge.of("deploy").size());
        assertEquals(0, client.deploysUnderWay());
    }

    @Test
    void anOldOneThatTheBridgeKnowsIsFollowed() throws Exception {
        AtomicInteger deploys = new AtomicInteger();
        FakeBridge bridge =
                good(
                        request -> {
                            if (request.method().equals("deploy")
                                    && deploys.getAndIncrement() == 0) {
                                clock.addAndGet(61_000);
                                request.peer().cut();
                            } else {
                                request.done();
                            }
                        });
        assertEquals("deployed", get(client(bridge).deploy(request())).outcome());
        assertEquals(1, bridge.of("deploy/get").size());
    }

    @Test
    void beforeThereIsABridgeTheNewestSaveOfAModuleTakesThePlace() throws Exception {
        FakeBridge bridge = good(FakeBridge.Request::done);
        CountDownLatch started = new CountDownLatch(1);
        BridgeClient client =
                client(
                        () ->
                                started.getCount() == 0
                                        ? Optional.of(bridge.info())
                                        : Optional.empty(),
                        () -> {
                            started.await();
                            return null;
                        });
        CompletableFuture<Deploy> first = client.deploy(request("a.py", "1\n"));
        CompletableFuture<Deploy> other = client.deploy(request("b.py", "b\n"));
        CompletableFuture<Deploy> second = client.deploy(request("a.py", "2\n"));
        failure(Trouble.Replaced.class, first);
        started.countDown();
        assertEquals("deployed", get(second).outcome());
        assertEquals("b.py", get(other).module());
        assertEquals(
                List.of("2\n"),
                bridge.of("deploy").stream()
                        .filter(one -> one.params().get("module").getAsString().equals("a.py"))
                        .map(one -> one.params().get("source").getAsString())
                        .toList());
    }

    @Test
    void cancelledBeforeItWasSentItIsNeverSent() throws Exception {
        FakeBridge bridge = good(FakeBridge.Request::done);
        CountDownLatch started = new CountDownLatch(1);
        BridgeClient client =
                client(
                        () ->
                                started.getCount() == 0
                                        ? Optional.of(bridge.info())
                                        : Optional.empty(),
                        () -> {
                            started.await();
                            return null;
                        });
        DeployRequest wanted = request();
        CompletableFuture<Deploy> deploy = client.deploy(wanted);
        assertTrue(get(client.cancel(wanted.id())).isEmpty());
        failure(Trouble.Replaced.class, deploy);
        started.countDown();
        get(client.connect(true));
        assertEquals(List.of(), bridge.of("deploy"));
    }

    @Test
    void busyAndStoppingAreAskedAgainWithTheSameId() throws Exception {
        AtomicInteger refusals = new AtomicInteger();
        FakeBridge bridge =
                good(
                        request -> {
                            switch (refusals.getAndIncrement()) {
                                case 0 -> request.error("busy", "later");
                                case 1 -> request.error("stopping", "later");
                                default -> request.done();
                            }
                        });
        assertEquals("deployed", get(client(bridge).deploy(request())).outcome());
        assertEquals(
                1,
                bridge.of("deploy").stream().map(one -> one.params().get("id")).distinct().count());
    }

    @Test
    void oneThatSaidGoodbyeIsNotStartedAgainUnasked() throws Exception {
        FakeBridge bridge = good(request -> request.peer().goodbye(1001));
        AtomicReference<BridgeInfo> info = new AtomicReference<>(bridge.info());
        BridgeClient client =
                client(
                        () -> Optional.ofNullable(info.get()),
                        () -> {
                            info.set(bridge.info());
                            return null;
                        });
        get(client.connect(true));
        info.set(null);
        failure(Trouble.Lost.class, client.listTargets());
        until("it is off", () -> client.state() == ClientState.OFF);
        assertEquals(0, starts.get());
        get(client.connect(true));
        assertEquals(1, starts.get());
    }

    @Test
    void oneThatWasKilledIsStartedAgain() throws Exception {
        FakeBridge bridge = fake(null);
        AtomicReference<BridgeInfo> info = new AtomicReference<>(bridge.info());
        BridgeClient client =
                client(
                        () -> Optional.ofNullable(info.get()),
                        () -> {
                            info.set(bridge.info());
                            return null;
                        });
        get(client.connect(false));
        clock.addAndGet(5_000);
        info.set(null);
        bridge.cut();
        until("it is back", () -> starts.get() == 1 && client.state() == ClientState.READY);
    }

    @Test
    void pausesGrowWithChanceInThemUpToALimit() throws Exception {
        List<Long> times = new CopyOnWriteArrayList<>();
        BridgeClient client =
                new BridgeClient(
                        new BridgeClient.Options(
                                "test",
                                "1",
                                () -> {
                                    times.add(System.nanoTime());
                                    throw new Trouble.Garbled("nothing");
                                },
                                HostileTest::notInstalled,
                                Log.NONE),
                        threads);
        opened.add(0, client);
        client.connect(false);
        until("six tries", () -> times.size() >= 6);
        long first = times.get(1) - times.get(0);
        long last = times.get(5) - times.get(4);
        assertTrue(last > 3 * first, times.toString());
    }

    @Test
    void whatIsAskedForIsGivenUpWhenTheClientIs() throws Exception {
        CountDownLatch never = new CountDownLatch(1);
        BridgeClient client =
                client(
                        Optional::empty,
                        () -> {
                            never.await();
                            return null;
                        });
        CompletableFuture<Deploy> asked = client.deploy(request());
        client.close();
        failure(Trouble.Lost.class, asked);
        failure(Trouble.Lost.class, client.connect(true));
        client.close();
    }

    @Test
    void listenersAreToldOnOneThreadAndCallersDoNotWait() throws Exception {
        FakeBridge bridge = good(FakeBridge.Request::done);
        BridgeClient client = client(bridge);
        List<Thread> told = new CopyOnWriteArrayList<>();
        client.listen(
                new ClientListener() {
                    @Override
                    public void stateChanged(ClientState state) {
                        told.add(Thread.currentThread());
                    }
                });
        CompletableFuture<Thread> answered =
                client.deploy(request()).thenApply(deploy -> Thread.currentThread());
        Thread thread = get(answered);
        told.forEach(each -> assertSame(told.get(0), each));
        assertEquals("hotbridge", told.get(0).getName());
        assertTrue(thread.isDaemon() || thread == Thread.currentThread());
    }
}
