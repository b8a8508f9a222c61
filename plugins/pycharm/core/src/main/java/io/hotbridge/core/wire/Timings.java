package io.hotbridge.core.wire;

import java.util.OptionalDouble;

/** Seconds from the moment that the request was accepted. */
public record Timings(
        OptionalDouble recorded, OptionalDouble delivered, OptionalDouble confirmed) {}
