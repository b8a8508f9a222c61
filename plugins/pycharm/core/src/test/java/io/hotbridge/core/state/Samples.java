package io.hotbridge.core.state;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Protocol;
import java.util.concurrent.atomic.AtomicInteger;

/** Deploys as the bridge tells them, for tables of tests. */
public final class Samples {
    private static final AtomicInteger COUNT = new AtomicInteger();

    private static final String DEPLOYED =
            """
            {"target": "dev", "module": "crm.py", "trigger": "save", "state": "done",
             "outcome": "deployed", "message": "deployed on 2 of 2 servers",
             "document": {"path": "/p/crm.py"},
             "commit": "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334",
             "servers": [
               {"name": "server1", "state": "confirmed", "services": ["crm.get"], "seconds": 0.4},
               {"name": "server2", "state": "confirmed", "services": ["crm.get"], "seconds": 0.5}],
             "timings": {"confirmed": 0.52}}
            """;

    private static final String FAILED =
            """
            {"outcome": "failed", "message": "failed on server1: No module named 'requestz'",
             "diagnostics": [
               {"path": "/p/crm.py", "line": 3, "severity": "error",
                "message": "ImportError: requestz", "server": "server1"}],
             "servers": [
               {"name": "server1", "state": "failed", "services": []},
               {"name": "server2", "state": "confirmed", "services": []}]}
            """;

    private Samples() {}

    /** Deployed on two servers, but for what the JSON says. */
    public static Deploy deploy(String... more) {
        JsonObject deploy = object(DEPLOYED);
        deploy.addProperty("id", "id-" + COUNT.incrementAndGet());
        for (String each : more) {
            for (var member : object(each).entrySet()) {
                if (member.getValue().isJsonNull()) {
                    deploy.remove(member.getKey());
                } else {
                    deploy.add(member.getKey(), member.getValue());
                }
            }
        }
        return Protocol.readDeploy(deploy);
    }

    /** Failed on one of two, with a diagnostic in line 3. */
    public static Deploy failed(String... more) {
        String[] all = new String[more.length + 1];
        all[0] = FAILED;
        System.arraycopy(more, 0, all, 1, more.length);
        return deploy(all);
    }

    /** Under way. */
    public static Deploy underWay(String state, String... more) {
        String[] all = new String[more.length + 1];
        all[0] = "{\"outcome\": null, \"timings\": {}, \"state\": \"" + state + "\"}";
        System.arraycopy(more, 0, all, 1, more.length);
        return deploy(all);
    }

    private static JsonObject object(String text) {
        JsonElement value = Protocol.parseJson(text);
        return value.getAsJsonObject();
    }
}
