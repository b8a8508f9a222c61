package io.hotbridge.core.wire;

import com.google.gson.JsonElement;
import io.hotbridge.core.Trouble;

/** One message of the bridge's. */
public sealed interface Message {
    record Result(long id, JsonElement value) implements Message {}

    /**
     * A request that was refused.
     *
     * @param id -1 where the bridge could not read the request's
     */
    record Failure(long id, Trouble.Refused error) implements Message {}

    /** Sent by itself; the parameters may be of any kind. */
    record Notification(String method, JsonElement params) implements Message {}
}
