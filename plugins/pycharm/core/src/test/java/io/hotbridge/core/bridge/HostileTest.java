package io.hotbridge.core.bridge;

import static io.hotbridge.core.Tests.failure;
import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.wire.Protocol;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bridges that are not, or are wrong: one clear error each, nothing sent that should not be. */
class HostileTest extends FakeBridges {
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
            BridgeClient client = client(right, found);
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
                        FakeBridges::notInstalled);
        failure(Trouble.Connect.class, client.deploy(request()));
        int tries = attempts.get();
        until("it goes on trying", () -> attempts.get() > tries + 3);
        assertEquals(1, troubles.size(), troubles.toString());
        assertFalse(troubles.get(0).contains(FakeBridge.TOKEN));
    }

    @Test
    void garbageAfterAGoodBeginning() throws Exception {
        FakeBridge bridge = good(request -> request.peer().text("{'not': json}"));
        BridgeClient client = connected(bridge);
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
            BridgeClient client = connected(bridge);
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
        BridgeClient client = connected(bridge);
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
                        FakeBridges::notInstalled,
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
                        FakeBridges::notInstalled);
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
                        FakeBridges::notInstalled);
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
}
