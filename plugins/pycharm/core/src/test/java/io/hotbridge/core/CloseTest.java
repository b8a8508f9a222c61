package io.hotbridge.core;

import static io.hotbridge.core.Tests.get;
import static io.hotbridge.core.Tests.until;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.bridge.ClientState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Unloading the plug-in leaves nothing behind. */
class CloseTest {
    private static Set<Thread> ours() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(Thread::isAlive)
                .filter(
                        thread ->
                                thread.getName().startsWith("hotbridge")
                                        || thread.getName().startsWith("HttpClient"))
                .collect(Collectors.toSet());
    }

    @Test
    void noThreadIsLeftAfterACloseInTheMiddleOfADeploy() throws Exception {
        try (RealBridge bridge = new RealBridge()) {
            Set<Thread> before = ours();
            Path server = bridge.target("dev").get(0);
            bridge.turn(server, "delay", "3");
            Hotbridge hotbridge = bridge.hotbridge();
            TestHost host = new TestHost(bridge.home);
            ProjectSession session = hotbridge.open(host);
            Path file =
                    Files.writeString(
                            bridge.home.resolve("crm.py"),
                            "# zato: ide-deploy=True\n"
                                    + "from zato.server.service import Service\n"
                                    + "class Get(Service):\n    pass\n");
            CompletableFuture<Void> save = hotbridge.saved(file);
            until(
                    "the delivery",
                    () ->
                            session.underWay().stream()
                                    .anyMatch(deploy -> deploy.state().equals("delivered")));
            assertTrue(ours().size() > before.size());
            hotbridge.close();
            hotbridge.close();
            get(save);
            Tests.failure(Trouble.Lost.class, hotbridge.client().connect(true));
            Tests.failure(Trouble.Lost.class, hotbridge.client().cancel("x"));
            get(hotbridge.saved(file));
            get(session.deploy(file, ""));
            session.statusLine(Optional.of(file));
            until(
                    "the end of all threads",
                    () -> {
                        System.gc(); // before Java 21 the JDK's client ends when it is forgotten
                        Set<Thread> left = ours();
                        left.removeAll(before);
                        return left.isEmpty();
                    });
        }
    }

    @Test
    void oneThatWasNeverUsedAndOneThatIsStartingCloseToo() throws Exception {
        try (RealBridge bridge = new RealBridge()) {
            Set<Thread> before = ours();
            bridge.hotbridge().close();
            closeOneThatIsStarting(bridge);
            bridge.command("start", "--json"); // the one that was being started is there now
            until(
                    "the end of all threads",
                    () -> {
                        System.gc();
                        Set<Thread> left = ours();
                        left.removeAll(before);
                        return left.isEmpty();
                    });
        }
    }

    /** In a frame of its own: once it is left nothing holds what was closed. */
    private static void closeOneThatIsStarting(RealBridge bridge) throws Exception {
        Hotbridge starting = bridge.hotbridge();
        CompletableFuture<Void> start = starting.client().connect(true);
        until("it begins", () -> starting.client().state() != ClientState.OFF);
        starting.close();
        start.exceptionally(error -> null).join();
    }
}
