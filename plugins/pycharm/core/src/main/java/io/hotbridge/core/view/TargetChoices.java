package io.hotbridge.core.view;

import io.hotbridge.core.Text;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import java.util.ArrayList;
import java.util.List;

/** The targets, each with what there is to know before it is chosen. Pure. */
public final class TargetChoices {
    private TargetChoices() {}

    /**
     * In the order of the configuration.
     *
     * @param current the name of the project's
     */
    public static List<TargetChoice> of(Targets targets, String current) {
        return targets.all().stream()
                .map(
                        target ->
                                new TargetChoice(
                                        target.name(),
                                        detail(target, current),
                                        target.allProblems().stream().findFirst().orElse(""),
                                        !target.guard().equals("none"),
                                        target.name().equals(current)))
                .toList();
    }

    private static String detail(Target target, String current) {
        List<String> parts = new ArrayList<>();
        parts.add(Words.runningServers(target));
        parts.add(Text.get("words.onSave", target.onSave()));
        if (target.guard().equals("confirm")) {
            parts.add(Text.get("words.asks"));
        } else if (target.guard().equals("manual")) {
            parts.add(Text.get("words.manual"));
        }
        if (target.name().equals(current)) {
            parts.add(Text.get("words.current"));
        } else if (target.isDefault()) {
            parts.add(Text.get("words.default"));
        }
        return String.join(" · ", parts);
    }
}
