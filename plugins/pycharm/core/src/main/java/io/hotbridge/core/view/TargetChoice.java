package io.hotbridge.core.view;

/**
 * A target to choose.
 *
 * @param detail such as {@code 2 of 2 running · on save: marker · default}
 * @param problem what is wrong with it; empty: nothing
 * @param isGuarded it asks before a deploy, or takes none on save
 */
public record TargetChoice(
        String name, String detail, String problem, boolean isGuarded, boolean isCurrent) {}
