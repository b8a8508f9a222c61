package io.hotbridge.core.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.Tests;
import io.hotbridge.core.Trouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages that every program of the protocol reads, in tests/wire. */
class GoldenTest {
    private static final Path WIRE = Tests.root().resolve("tests/wire");
    private static final Map<String, Function<JsonElement, Object>> READERS =
            Map.ofEntries(
                    Map.entry("initialize", Protocol::readInitialized),
                    Map.entry("deploy", Protocol::readDeploy),
                    Map.entry("deploy/get", Protocol::readDeploy),
                    Map.entry("deploy/cancel", Protocol::readDeploy),
                    Map.entry("rollback", Protocol::readDeploy),
                    Map.entry("deploy/changed", Protocol::readDeployChanged),
                    Map.entry("targets/list", Protocol::readTargets),
                    Map.entry("targets/changed", Protocol::readTargets),
                    Map.entry("targets/test", Protocol::readTarget),
                    Map.entry("history/list", Protocol::readPage),
                    Map.entry("history/source", Protocol::readSource),
                    Map.entry("history/diff", Protocol::readPatch),
                    Map.entry("history/live", Protocol::readLive));

    static Stream<Arguments> bridge() {
        return list("bridge").map(each -> Arguments.of(text(each, "file"), text(each, "kind")));
    }

    static Stream<Arguments> valid() {
        return list("valid")
                .filter(each -> Set.of("deploy", "rollback").contains(text(each, "method")))
                .filter(each -> each.has("id") && each.get("id").getAsJsonPrimitive().isNumber())
                .map(each -> Arguments.of(text(each, "file"), each));
    }

    private static Stream<JsonObject> list(String name) {
        JsonObject manifest = Protocol.parseJson(golden("manifest.json")).getAsJsonObject();
        return manifest.getAsJsonArray(name).asList().stream().map(JsonElement::getAsJsonObject);
    }

    private static String text(JsonObject object, String name) {
        return object.get(name).getAsString();
    }

    private static String golden(String file) {
        try {
            return Files.readString(WIRE.resolve(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "reads {0}")
    @MethodSource
    void bridge(String file, String kind) {
        Message message = Protocol.parse(golden(file));
        if (message instanceof Message.Failure failure) {
            assertEquals("error", kind);
            assertFalse(failure.error().getMessage().isEmpty());
        } else if (message instanceof Message.Notification notification) {
            assertEquals(kind, notification.method());
            READERS.get(kind).apply(notification.params());
        } else {
            READERS.get(kind).apply(((Message.Result) message).value());
        }
    }

    /** What we build of the parameters is, as JSON, what the file holds. */
    @ParameterizedTest(name = "writes {0}")
    @MethodSource
    void valid(String file, JsonObject entry) {
        String method = text(entry, "method");
        JsonObject params = entry.getAsJsonObject("params");
        JsonObject ours =
                method.equals("deploy")
                        ? Protocol.write(deployRequest(params))
                        : Protocol.write(rollbackRequest(params));
        long id = entry.get("id").getAsLong();
        JsonObject written =
                Protocol.parseJson(Protocol.encode(id, method, ours)).getAsJsonObject();
        assertEquals(method, text(written, "method"));
        assertEquals(id, written.get("id").getAsLong());
        assertEquals(params, written.getAsJsonObject("params"));
    }

    private static DeployRequest deployRequest(JsonObject params) {
        Fields fields = new Fields(params, "params");
        Fields vcs = fields.inner("vcs");
        return new DeployRequest(
                fields.text("id"),
                fields.text("target", ""),
                fields.text("module"),
                fields.text("source"),
                fields.text("trigger"),
                fields.inner("document").text("path", ""),
                new Vcs(
                        vcs.text("commit", ""),
                        vcs.text("branch", ""),
                        vcs.has("dirty") ? (Boolean) vcs.flag("dirty") : null),
                fields.flag("force"),
                fields.flag("confirmed"));
    }

    private static RollbackRequest rollbackRequest(JsonObject params) {
        Fields fields = new Fields(params, "params");
        return new RollbackRequest(
                fields.text("id"),
                fields.text("target"),
                fields.text("module"),
                fields.text("commit", ""),
                fields.flag("force"),
                fields.flag("confirmed"));
    }

    @Test
    void aDeployedDeployIsReadToTheLastMember() {
        Message message = Protocol.parse(golden("bridge/deploy-deployed.json"));
        Deploy deploy = Protocol.readDeploy(((Message.Result) message).value());
        assertEquals("deployed", deploy.outcome());
        assertTrue(deploy.isLive());
        assertEquals(2, deploy.confirmed());
        assertEquals(List.of("crm.get-customer"), deploy.servers().get(0).services());
        assertEquals(0.412, deploy.servers().get(0).seconds().orElseThrow());
        assertEquals("/home/ann/project/crm.py", deploy.document());
        assertEquals(0.533512, deploy.timings().confirmed().orElseThrow());
    }

    @Test
    void anotherProtocolIsRefusedWithThoseThatAreSpoken() {
        Message message = Protocol.parse(golden("bridge/error-unsupported-protocol.json"));
        Trouble.Refused refused = assertInstanceOf(Message.Failure.class, message).error();
        assertTrue(refused.is("unsupported-protocol"));
        assertEquals(List.of(1), refused.protocols());
    }

    /** Where what was sent is not JSON, we refuse it as the bridge does. */
    @ParameterizedTest(name = "{0} is not JSON")
    @ValueSource(
            strings = {
                "a-text", "bare-exponent", "bare-minus", "bare-point", "comment",
                "control-character", "cut", "cut-in-id", "hex-number", "infinity",
                "leading-point", "leading-zero", "missing-colon", "missing-comma", "nan",
                "new-line-in-text", "not-json", "plus-sign", "short-unicode-escape",
                "single-quotes", "trailing-comma-array", "trailing-comma-object",
                "trailing-text", "two-messages", "unknown-escape", "unquoted-name",
                "upper-case-word", "white-space-only"
            })
    void invalid(String name) {
        assertThrows(
                Trouble.Garbled.class,
                () -> Protocol.parse(golden("invalid/" + name + ".json")));
    }

    @Test
    void unknownWordsAndMembersAreTakenAsTheyAre() {
        Deploy deploy =
                Protocol.readDeploy(
                        Protocol.parseJson(
                                """
                                {"target": "dev", "module": "a.py", "state": "dreaming",
                                 "outcome": "transcended", "more": {"of": "it"},
                                 "servers": [{"name": "s", "state": "humming", "mood": 3}]}
                                """));
        assertEquals("dreaming", deploy.state());
        assertFalse(deploy.isDone());
        assertFalse(deploy.isLive());
        assertEquals("humming", deploy.servers().get(0).state());
        assertEquals(List.of(), deploy.diagnostics());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "[]", "null", "3", "\"x\"", "{}", "{\"jsonrpc\":\"1.0\"}", "{'a':1}",
                "{\"jsonrpc\":\"2.0\",\"id\":1}", "{\"jsonrpc\":\"2.0\",\"method\":3}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":3}",
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":\"x\",\"message\":\"y\"}}"
            })
    void whatIsNotTheProtocolIsRefused(String text) {
        assertThrows(Trouble.Garbled.class, () -> Protocol.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null", "[]", "{\"target\":3,\"module\":\"a.py\",\"state\":\"done\"}",
                "{\"target\":\"dev\",\"module\":\"a.py\"}",
                "{\"target\":\"dev\",\"module\":\"a.py\",\"state\":\"done\",\"servers\":3}",
                "{\"target\":\"dev\",\"module\":\"a.py\",\"state\":\"done\",\"servers\":[null]}",
                "{\"target\":\"dev\",\"module\":\"a.py\",\"state\":\"done\",\"outcome\":null}"
            })
    void aDeployThatIsNoneIsRefused(String text) {
        assertThrows(
                Trouble.Garbled.class, () -> Protocol.readDeploy(Protocol.parseJson(text)));
    }

    @Test
    void deepNestingIsRefusedAndDoesNotOverflow() {
        String deep = "[".repeat(100_000) + "]".repeat(100_000);
        assertThrows(Trouble.Garbled.class, () -> Protocol.parse(deep));
        String inside =
                "{\"jsonrpc\":\"2.0\",\"method\":\"deploy/changed\",\"params\":{\"deploy\":"
                        + deep
                        + "}}";
        Message.Notification message = (Message.Notification) Protocol.parse(inside);
        assertThrows(
                Trouble.Garbled.class, () -> Protocol.readDeployChanged(message.params()));
    }

    @Test
    void sourceIsWrittenToTheCharacter() {
        String source = "\uFEFF# \"q\" \\ \t\r\n\u2028\u0001😀<&>='";
        DeployRequest request =
                new DeployRequest(
                        "i", "", "a.py", source, "save", "", Vcs.NONE, false, false);
        JsonObject message =
                Protocol.parseJson(Protocol.encode(1, "deploy", Protocol.write(request)))
                        .getAsJsonObject();
        assertEquals(source, message.getAsJsonObject("params").get("source").getAsString());
        assertEquals(4, message.getAsJsonObject("params").size());
        assertFalse(request.toString().contains("q"));
    }
}
