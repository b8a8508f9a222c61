package io.hotbridge.core.state;

import io.hotbridge.core.wire.Deploy;

/**
 * Something of a deploy that is worth telling.
 *
 * @param cause of a failure and of its recovery: equal for equal trouble
 */
public record Notice(Kind kind, Deploy deploy, String cause) {
    /** What it is. */
    public enum Kind {
        FAILURE,
        RECOVERY,
        CONFLICT
    }
}
