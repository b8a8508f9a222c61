package io.hotbridge.core.bridge;

import static io.hotbridge.core.Tests.failure;
import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Log;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Bridges that come late, go away and come back: nothing lost, nothing hung, nothing twice. */
class GoneTest extends FakeBridges {
    @Test
    void aConnectionThatGoesAskedForAgainByTheSameIdWithTheSameBytes() throws Exception {
        FakeBridge bridge =
                good(first(request -> request.peer().cut(), FakeBridge.Request::done));
        BridgeClient client = connected(bridge);
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
                                cutLong(request);
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
        FakeBridge bridge = good(first(this::cutLong, FakeBridge.Request::done));
        assertEquals("deployed", get(client(bridge).deploy(request())).outcome());
        assertEquals(1, bridge.of("deploy/get").size());
    }

    @Test
    void beforeThereIsABridgeTheNewestSaveOfAModuleTakesThePlace() throws Exception {
        FakeBridge bridge = good(FakeBridge.Request::done);
        CountDownLatch started = new CountDownLatch(1);
        BridgeClient client = client(bridge, started);
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
        BridgeClient client = client(bridge, started);
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
        FakeBridge bridge =
                good(
                        first(
                                request -> request.error("busy", "later"),
                                first(
                                        request -> request.error("stopping", "later"),
                                        FakeBridge.Request::done)));
        assertEquals("deployed", get(client(bridge).deploy(request())).outcome());
        assertEquals(
                1,
                bridge.of("deploy").stream().map(one -> one.params().get("id")).distinct().count());
    }

    @Test
    void oneThatSaidGoodbyeIsNotStartedAgainUnasked() throws Exception {
        FakeBridge bridge = good(request -> request.peer().goodbye(1001));
        AtomicReference<BridgeInfo> info = new AtomicReference<>(bridge.info());
        BridgeClient client = client(bridge, info);
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
        BridgeClient client = client(bridge, info);
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
                        new ClientOptions(
                                "test",
                                "1",
                                () -> {
                                    times.add(System.nanoTime());
                                    throw new Trouble.Garbled("nothing");
                                },
                                FakeBridges::notInstalled,
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
