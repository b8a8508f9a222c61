package io.hotbridge.core.bridge;

import static io.hotbridge.core.Tests.get;

import io.hotbridge.core.Log;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Vcs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;

/** A client, and bridges that are none, for it to meet; all of them end with the test. */
abstract class FakeBridges {
    private static final String SOURCE = "SECRET = 'of nobody else'\n";

    final Threads threads = new Threads(Log.NONE);
    final List<AutoCloseable> opened = new ArrayList<>();
    final List<String> troubles = new CopyOnWriteArrayList<>();
    final AtomicLong clock = new AtomicLong();
    final AtomicInteger starts = new AtomicInteger();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable one : opened) {
            one.close();
        }
        threads.close();
    }

    FakeBridge fake(FakeBridge.Answer answer) throws Exception {
        FakeBridge bridge = new FakeBridge(answer);
        opened.add(bridge);
        return bridge;
    }

    /** One that answers initialize, and the rest so. */
    FakeBridge good(FakeBridge.Answer answer) throws Exception {
        return fake(
                request -> {
                    if (request.method().equals("initialize")) {
                        request.hello();
                    } else {
                        answer.to(request);
                    }
                });
    }

    BridgeClient client(
            Callable<Optional<BridgeInfo>> find, Callable<Void> start, Duration handshake) {
        BridgeClient client =
                new BridgeClient(
                        new ClientOptions(
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

    BridgeClient client(Callable<Optional<BridgeInfo>> find, Callable<Void> start) {
        return client(find, start, Connection.HANDSHAKE);
    }

    BridgeClient client(FakeBridge bridge) {
        return client(() -> Optional.of(bridge.info()), FakeBridges::notInstalled);
    }

    /** Connected without being started. */
    BridgeClient connected(FakeBridge bridge) throws Exception {
        BridgeClient client = client(bridge);
        get(client.connect(false));
        return client;
    }

    /** There is no bridge until the latch opens, for which starting it waits. */
    BridgeClient client(FakeBridge bridge, CountDownLatch started) {
        return client(
                () -> started.getCount() == 0 ? Optional.of(bridge.info()) : Optional.empty(),
                () -> {
                    started.await();
                    return null;
                });
    }

    /** What is found is there; starting has the bridge found. */
    BridgeClient client(FakeBridge bridge, AtomicReference<BridgeInfo> found) {
        return client(
                () -> Optional.ofNullable(found.get()),
                () -> {
                    found.set(bridge.info());
                    return null;
                });
    }

    /** The first request is answered so, the rest otherwise. */
    static FakeBridge.Answer first(FakeBridge.Answer once, FakeBridge.Answer then) {
        AtomicInteger requests = new AtomicInteger();
        return request -> (requests.getAndIncrement() == 0 ? once : then).to(request);
    }

    /** The connection goes, and a minute has passed. */
    void cutLong(FakeBridge.Request request) {
        clock.addAndGet(61_000);
        request.peer().cut();
    }

    static Void notInstalled() {
        throw new Trouble.Missing("not installed");
    }

    static DeployRequest request(String module, String source) {
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

    static DeployRequest request() {
        return request("a.py", SOURCE);
    }

    static String all(FakeBridge bridge) {
        return bridge.requests.stream()
                .map(one -> one.method() + one.params())
                .collect(Collectors.joining());
    }
}
