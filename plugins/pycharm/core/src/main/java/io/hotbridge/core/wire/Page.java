package io.hotbridge.core.wire;

import java.util.List;

/**
 * A page of a target's history, newest first.
 *
 * @param next to be given back for the page after; empty on the last one
 */
public record Page(List<Deploy> deploys, String next) {
    public Page {
        deploys = List.copyOf(deploys);
    }
}
