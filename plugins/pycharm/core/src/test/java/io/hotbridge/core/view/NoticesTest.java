package io.hotbridge.core.view;

import static io.hotbridge.core.state.Samples.deploy;
import static io.hotbridge.core.state.Samples.failed;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.Settings.Notify;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.state.DeployState;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Balloons and banners: which are there after each step. */
class NoticesTest {
    private final DeployState state = new DeployState();
    private final Notices notices = new Notices();

    /** What the user sees, by key. */
    private final Map<String, Balloon> seen = new LinkedHashMap<>();

    private void update(Deploy deploy, Notify settings) {
        state.update(deploy)
                .flatMap(notice -> notices.of(notice, settings, true))
                .ifPresent(balloon -> seen.put(balloon.key(), balloon));
        Set<String> conflicts =
                state.conflicts().stream().map(Notices::conflictKey).collect(Collectors.toSet());
        notices.over(state.causes(), conflicts).forEach(seen::remove);
    }

    private void update(Deploy deploy) {
        update(deploy, Notify.ALL);
    }

    private List<String> texts() {
        return seen.values().stream().map(Balloon::text).toList();
    }

    private static List<Action.Kind> kinds(List<Action> actions) {
        return actions.stream().map(Action::kind).toList();
    }

    @Test
    void successSaysNothing() {
        update(deploy());
        assertEquals(List.of(), texts());
    }

    @Test
    void theRecoveryTakesTheFailuresPlace() {
        update(failed());
        assertEquals(
                List.of("crm.py → dev: failed on server1: No module named 'requestz'"), texts());
        Balloon failure = seen.values().iterator().next();
        assertEquals(
                List.of(Action.Kind.SHOW_PROBLEM, Action.Kind.SHOW_LOG),
                kinds(failure.actions()));
        assertEquals(3, failure.actions().get(0).line());
        update(failed());
        assertEquals(1, seen.size(), "the same cause");
        update(deploy());
        assertEquals(List.of("crm.py is live on dev again, on 2/2 servers."), texts());
    }

    @Test
    void anotherCauseExpiresTheFormer() {
        update(failed());
        update(
                failed(
                        """
                        {"message": "failed on server1: x", "diagnostics": [
                          {"path": "/p/crm.py", "message": "NameError: x"}]}
                        """));
        assertEquals(List.of("crm.py → dev: failed on server1: x"), texts());
        update(deploy("{\"outcome\": \"rejected\", \"message\": \"syntax\"}"));
        assertEquals(List.of("crm.py → dev: syntax"), texts());
    }

    @Test
    void settingsSayWhatIsTold() {
        update(failed(), Notify.NONE);
        assertEquals(List.of(), texts());
        update(deploy(), Notify.ALL);
        seen.clear();
        update(failed(), Notify.FAILURES);
        assertEquals(1, seen.size());
        update(deploy(), Notify.FAILURES);
        assertEquals(List.of(), texts(), "the failure is over, and that is not told");
        update(deploy("{\"outcome\": \"conflict\"}"), Notify.NONE);
        assertEquals(1, seen.size(), "a question is always asked");
    }

    @Test
    void aTargetThatIsGoneTakesItsFailuresAlong() {
        update(failed());
        state.forgetTargets(Set.of());
        assertEquals(1, notices.over(state.causes(), Set.of()).size());
    }

    @Test
    void aConflictAsksAndIsOverWithTheNextOutcome() {
        Deploy conflict = deploy("{\"outcome\": \"conflict\", \"found\": \"d4e5f607\"}");
        update(conflict);
        Balloon balloon = seen.values().iterator().next();
        List<Action.Kind> wanted =
                List.of(
                        Action.Kind.SHOW_DIFFERENCE,
                        Action.Kind.DEPLOY_ANYWAY,
                        Action.Kind.DISMISS);
        assertEquals(wanted, kinds(balloon.actions()));
        assertEquals(wanted, kinds(Banners.conflict(conflict, true).actions()));
        assertEquals(
                List.of(Action.Kind.SHOW_DIFFERENCE, Action.Kind.DISMISS),
                kinds(Banners.conflict(conflict, false).actions()));
        update(deploy());
        assertEquals(List.of(), texts());
    }

    @Test
    void theBridgesTroubleIsSaidOnceUntilItIsThereAgain() {
        Trouble missing = new Trouble.Missing("the program hotbridge is not installed");
        Balloon balloon = notices.trouble(missing, false).orElseThrow();
        assertEquals(
                "Hotbridge cannot deploy: the program hotbridge is not installed.",
                balloon.text());
        assertEquals(
                List.of(Action.Kind.HOW_TO_INSTALL, Action.Kind.SET_PATH),
                kinds(balloon.actions()));
        assertEquals(Optional.empty(), notices.trouble(missing, false));
        assertTrue(notices.trouble(missing, true).isPresent(), "who asks is answered");
        assertEquals(Optional.of(balloon.key()), notices.connected());
        assertEquals(Optional.empty(), notices.connected());
        assertTrue(notices.trouble(missing, false).isPresent());
    }

    @Test
    void anotherProtocolSaysToUpdate() {
        Balloon balloon =
                notices.trouble(
                                new Trouble.Connect(
                                        Trouble.Connect.Failure.PROTOCOL,
                                        "the bridge 9 speaks protocol 2"),
                                false)
                        .orElseThrow();
        assertEquals(
                "the bridge 9 speaks protocol 2. Update the older of the two.", balloon.text());
        assertEquals(List.of(Action.Kind.SHOW_LOG), kinds(balloon.actions()));
    }

    @Test
    void whatIsMissingOfTheSetup() {
        Target dev = new Target("dev", true, "marker", "none", List.of(), List.of());
        Targets one = new Targets(List.of(dev), "dev");
        assertEquals(Optional.empty(), Banners.setup(ClientState.READY, "", one, ""));
        assertEquals(Optional.empty(), Banners.setup(ClientState.READY, "", one, "dev"));
        assertEquals(Optional.empty(), Banners.setup(ClientState.OFF, "", one, ""));
        assertEquals(
                List.of(Action.Kind.HOW_TO_INSTALL, Action.Kind.SET_PATH),
                kinds(
                        Banners.setup(ClientState.OFF, "not installed", one, "")
                                .orElseThrow()
                                .actions()));
        assertEquals(
                List.of(Action.Kind.ADD_TARGET),
                kinds(
                        Banners.setup(ClientState.READY, "", Targets.NONE, "")
                                .orElseThrow()
                                .actions()));
        Banner gone = Banners.setup(ClientState.READY, "", one, "old").orElseThrow();
        assertTrue(gone.text().contains("the target old"), gone.text());
        assertFalse(gone.actions().isEmpty());
    }

    @Test
    void targetsToChoose() {
        Target prod = new Target("prod", false, "never", "confirm", List.of(), List.of("odd"));
        Target dev = new Target("dev", true, "marker", "none", List.of(), List.of());
        List<TargetChoice> choices =
                TargetChoices.of(new Targets(List.of(dev, prod), "dev"), "prod");
        assertEquals("no servers · on save: marker · default", choices.get(0).detail());
        assertEquals(
                "no servers · on save: never · asks before each deploy · this project's",
                choices.get(1).detail());
        assertEquals("odd", choices.get(1).problem());
        assertTrue(choices.get(1).isGuarded() && choices.get(1).isCurrent());
    }
}
