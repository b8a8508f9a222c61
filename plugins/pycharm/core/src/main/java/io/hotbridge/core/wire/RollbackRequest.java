package io.hotbridge.core.wire;

/**
 * A deploy of an older version, to be asked for.
 *
 * @param commit empty: the step before the version that is there now
 */
public record RollbackRequest(
        String id, String target, String module, String commit, boolean force, boolean confirmed) {}
