package io.hotbridge.core.bridge;

import java.nio.file.Path;

/**
 * What bridge.json says. Held only as long as it takes to connect; its words for a log leave the
 * token and the key out.
 */
public record BridgeInfo(
        long pid, String url, String token, String proof, String version, int protocol, Path file) {
    @Override
    public String toString() {
        return "bridge " + version + " at " + url + " (pid " + pid + ", " + file + ")";
    }
}
