package io.hotbridge.core.view;

import io.hotbridge.core.Text;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.view.Action.Kind;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Targets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What stands over the editor of a file: a conflict, else set-up that is missing. Pure. */
public final class Banners {
    private Banners() {}

    public static Banner conflict(Deploy deploy, boolean again) {
        return new Banner(
                Banner.Kind.CONFLICT,
                Text.get("balloon.conflict", deploy.module(), deploy.target()),
                conflictActions(deploy, again));
    }

    static List<Action> conflictActions(Deploy deploy, boolean again) {
        List<Action> actions = new ArrayList<>();
        if (!deploy.found().isEmpty()) {
            actions.add(
                    Action.about(
                            Kind.SHOW_DIFFERENCE, Text.get("action.showDifference"), deploy));
        }
        if (again) {
            actions.add(
                    Action.about(Kind.DEPLOY_ANYWAY, Text.get("action.deployAnyway"), deploy));
        }
        actions.add(Action.about(Kind.DISMISS, Text.get("action.cancel"), deploy));
        return actions;
    }

    /**
     * For a file that the user means to be deployed.
     *
     * @param missing why there is no program; empty: there is one, or nobody has looked
     * @param target the project's own; empty: the default one
     */
    public static Optional<Banner> setup(
            ClientState state, String missing, Targets targets, String target) {
        if (state != ClientState.READY) {
            return missing.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            setup(
                                    Text.get("banner.missing", missing),
                                    Action.of(Kind.HOW_TO_INSTALL, Text.get("action.install")),
                                    Action.of(Kind.SET_PATH, Text.get("action.setPath"))));
        }
        Action add = Action.of(Kind.ADD_TARGET, Text.get("action.addTarget"));
        Action choose = Action.of(Kind.CHOOSE_TARGET, Text.get("action.chooseTarget"));
        if (targets.all().isEmpty()) {
            return Optional.of(setup(Text.get("banner.noTarget"), add));
        }
        if (!target.isEmpty() && targets.find(target).isEmpty()) {
            return Optional.of(setup(Text.get("banner.goneTarget", target), choose, add));
        }
        return Optional.empty();
    }

    private static Banner setup(String text, Action... actions) {
        return new Banner(Banner.Kind.SETUP, text, List.of(actions));
    }
}
