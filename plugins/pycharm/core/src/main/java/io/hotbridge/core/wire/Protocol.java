package io.hotbridge.core.wire;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.hotbridge.core.Trouble;
import java.io.IOException;
import java.io.StringReader;
import java.util.List;

/**
 * The bridge's protocol as values: what docs/protocol.md says, no more. Reading is lenient where
 * the protocol may grow (members and words that are not known are kept or passed over) and strict
 * where a wrong value would make us say something untrue. What cannot be read is a {@link
 * Trouble.Garbled}.
 */
public final class Protocol {
    public static final int NUMBER = 1;
    public static final String SUBPROTOCOL = "hotbridge.v1";

    /** The longest message that a bridge sends (its {@code limits.outbox}), in characters. */
    public static final int MESSAGE_MAX = 32 << 20;

    private static final TypeAdapter<JsonElement> ANY = new Gson().getAdapter(JsonElement.class);

    private Protocol() {}

    /** A text as JSON, as strictly as RFC 8259 has it. */
    public static JsonElement parseJson(String text) {
        JsonReader reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
        try {
            JsonElement value = ANY.read(reader);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new Trouble.Garbled("what the bridge sent is not JSON");
            }
            return value;
        } catch (IOException | JsonParseException | IllegalStateException | NumberFormatException e) {
            throw new Trouble.Garbled("what the bridge sent is not JSON");
        }
    }

    public static Message parse(String text) {
        Fields message = new Fields(parseJson(text), "a message");
        if (!(message.get("jsonrpc") instanceof JsonPrimitive version)
                || !version.isString()
                || !version.getAsString().equals("2.0")) {
            throw new Trouble.Garbled("what the bridge sent is not JSON-RPC 2.0");
        }
        if (message.has("method")) {
            JsonElement params = message.get("params");
            return new Message.Notification(
                    message.text("method"), params == null ? new JsonObject() : params);
        }
        long id = idOf(message.get("id"));
        if (message.has("error")) {
            return new Message.Failure(id, readError(message.get("error")));
        }
        if (id < 0 || !message.has("result")) {
            throw new Trouble.Garbled("the bridge sent neither a result nor an error");
        }
        return new Message.Result(id, message.get("result"));
    }

    /** Ours are whole numbers from 1; any other is nobody's. */
    private static long idOf(JsonElement id) {
        if (id instanceof JsonPrimitive value && value.isNumber()) {
            double number = value.getAsDouble();
            return number >= 1 && number == Math.rint(number) ? (long) number : -1;
        }
        return -1;
    }

    public static String encode(long id, String method, JsonObject params) {
        JsonObject message = new JsonObject();
        message.addProperty("jsonrpc", "2.0");
        message.addProperty("id", id);
        message.addProperty("method", method);
        if (params != null) {
            message.add("params", params);
        }
        return message.toString();
    }

    /** Members by pairs of name and value; those that are null or empty texts are left out. */
    public static JsonObject params(Object... pairs) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < pairs.length; i += 2) {
            String name = (String) pairs[i];
            Object value = pairs[i + 1];
            if (value instanceof String text && !text.isEmpty()) {
                object.addProperty(name, text);
            } else if (value instanceof Number number) {
                object.addProperty(name, number);
            } else if (value instanceof Boolean flag) {
                object.addProperty(name, flag);
            } else if (value instanceof JsonObject inner && inner.size() > 0) {
                object.add(name, inner);
            }
        }
        return object;
    }

    public static JsonObject write(DeployRequest request) {
        Vcs vcs = request.vcs();
        JsonObject params =
                params(
                        "id", request.id(),
                        "target", request.target(),
                        "module", request.module());
        params.addProperty("source", request.source());
        params.addProperty("trigger", request.trigger());
        JsonObject rest =
                params(
                        "document", params("path", request.document()),
                        "vcs",
                                params(
                                        "commit", vcs.commit(),
                                        "branch", vcs.branch(),
                                        "dirty", vcs.dirty()),
                        "force", request.force() ? Boolean.TRUE : null,
                        "confirmed", request.confirmed() ? Boolean.TRUE : null);
        rest.entrySet().forEach(member -> params.add(member.getKey(), member.getValue()));
        return params;
    }

    public static JsonObject write(RollbackRequest request) {
        return params(
                "id", request.id(),
                "target", request.target(),
                "module", request.module(),
                "commit", request.commit(),
                "force", request.force() ? Boolean.TRUE : null,
                "confirmed", request.confirmed() ? Boolean.TRUE : null);
    }

    public static Initialized readInitialized(JsonElement value) {
        Fields result = new Fields(value, "the answer to initialize");
        Fields limits = result.inner("limits");
        Limits usual = Limits.USUAL;
        return new Initialized(
                new Fields(result.get("server"), "server").text("version"),
                result.integer("protocol"),
                result.text("proof", ""),
                new Limits(
                        (long) limits.number("message").orElse(usual.message()),
                        (long) limits.number("module").orElse(usual.module()),
                        (int) limits.number("requests").orElse(usual.requests()),
                        (int) limits.number("list").orElse(usual.list())),
                readTargets(value));
    }

    public static Targets readTargets(JsonElement value) {
        Fields result = new Fields(value, "targets");
        return new Targets(
                result.list("targets", Protocol::readTarget), result.text("defaultTarget", ""));
    }

    public static Target readTarget(JsonElement value) {
        Fields target = new Fields(value, "a target");
        return new Target(
                target.text("name"),
                target.flag("default"),
                target.text("onSave", "marker"),
                target.text("guard", "none"),
                target.list("servers", Protocol::readTargetServer),
                target.texts("problems"));
    }

    private static TargetServer readTargetServer(JsonElement value) {
        Fields server = new Fields(value, "a server");
        return new TargetServer(
                server.text("name"),
                server.text("path", ""),
                server.text("running", "unknown"),
                server.text("version", ""),
                server.texts("problems"));
    }

    public static Deploy readDeploy(JsonElement value) {
        Fields deploy = new Fields(value, "a deploy");
        Fields timings = deploy.inner("timings");
        return new Deploy(
                deploy.text("id", ""),
                deploy.text("target"),
                deploy.text("module"),
                deploy.text("trigger", ""),
                deploy.text("state"),
                deploy.text("outcome", ""),
                deploy.flag("late"),
                deploy.flag("live"),
                deploy.text("message", ""),
                deploy.text("attempt", ""),
                deploy.text("commit", ""),
                deploy.text("blob", ""),
                deploy.text("found", ""),
                deploy.text("previous", ""),
                deploy.list("servers", Protocol::readServer),
                deploy.list("diagnostics", Protocol::readDiagnostic),
                deploy.list("warnings", Protocol::readWarning),
                new Timings(
                        timings.number("recorded"),
                        timings.number("delivered"),
                        timings.number("confirmed")),
                deploy.text("started", ""),
                deploy.text("finished", ""),
                deploy.inner("document").text("path", ""),
                deploy.text("client", ""));
    }

    /** The Deploy of a {@code deploy/changed}. */
    public static Deploy readDeployChanged(JsonElement params) {
        return readDeploy(new Fields(params, "deploy/changed").get("deploy"));
    }

    private static ServerResult readServer(JsonElement value) {
        Fields server = new Fields(value, "a server");
        return new ServerResult(
                server.text("name"),
                server.text("state"),
                server.texts("services"),
                server.number("seconds"),
                server.flag("nudged"),
                server.text("message", ""));
    }

    private static Diagnostic readDiagnostic(JsonElement value) {
        Fields diagnostic = new Fields(value, "a diagnostic");
        return new Diagnostic(
                diagnostic.text("path"),
                diagnostic.position("line"),
                diagnostic.position("column"),
                diagnostic.text("severity", "error"),
                diagnostic.text("message"),
                diagnostic.text("server", ""));
    }

    private static Warning readWarning(JsonElement value) {
        Fields warning = new Fields(value, "a warning");
        return new Warning(warning.text("code"), warning.text("message"));
    }

    public static Page readPage(JsonElement value) {
        Fields result = new Fields(value, "the answer to history/list");
        return new Page(result.list("deploys", Protocol::readDeploy), result.text("next", ""));
    }

    public static Source readSource(JsonElement value) {
        Fields result = new Fields(value, "the answer to history/source");
        return new Source(
                result.text("source"), result.text("commit"), result.flag("replaced"));
    }

    public static String readPatch(JsonElement value) {
        return new Fields(value, "the answer to history/diff").text("patch");
    }

    public static List<Live> readLive(JsonElement value) {
        return new Fields(value, "the answer to history/live")
                .list(
                        "live",
                        item -> {
                            Fields live = new Fields(item, "an entry of live");
                            return new Live(
                                    live.text("module"),
                                    live.text("server"),
                                    live.text("commit"),
                                    live.text("blob"),
                                    live.text("time", ""));
                        });
    }

    private static Trouble.Refused readError(JsonElement value) {
        Fields error = new Fields(value, "an error");
        Fields data = error.inner("data");
        List<Integer> protocols =
                data.list("protocols", item -> item).stream()
                        .filter(item -> item instanceof JsonPrimitive one && one.isNumber())
                        .map(JsonElement::getAsInt)
                        .toList();
        return new Trouble.Refused(
                error.text("message"), error.integer("code"), data.text("reason", ""), protocols);
    }
}
