package io.hotbridge.core.state;

import static io.hotbridge.core.state.Samples.deploy;
import static io.hotbridge.core.state.Samples.failed;
import static io.hotbridge.core.state.Samples.underWay;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.state.Notice.Kind;
import io.hotbridge.core.wire.Deploy;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeployStateTest {
    private final DeployState state = new DeployState();

    private Optional<Kind> update(Deploy deploy) {
        return state.update(deploy).map(Notice::kind);
    }

    private static Optional<Kind> nothing() {
        return Optional.empty();
    }

    private Deploy shown() {
        return state.shown().orElseThrow().deploy();
    }

    @Test
    void failureAndRecoveryOnceEach() {
        assertEquals(Optional.of(Kind.FAILURE), update(failed()));
        assertEquals(nothing(), update(failed()), "the same cause");
        assertEquals(
                Optional.of(Kind.FAILURE),
                update(
                        failed(
                                """
                                {"diagnostics": [{"path": "/p/crm.py", "message": "NameError: x"}]}
                                """)),
                "another cause");
        assertEquals(Optional.of(Kind.RECOVERY), update(deploy()));
        assertEquals(nothing(), update(deploy()));
    }

    @Test
    void oneUnreachableTargetIsOneCauseForAllItsModules() {
        String gone = "{\"outcome\": \"unreachable\", \"servers\": []}";
        assertEquals(Optional.of(Kind.FAILURE), update(deploy(gone, "{\"module\": \"a.py\"}")));
        assertEquals(nothing(), update(deploy(gone, "{\"module\": \"b.py\"}")));
        assertEquals(nothing(), update(deploy("{\"module\": \"a.py\"}")), "b.py fails for it yet");
        assertEquals(Optional.of(Kind.RECOVERY), update(deploy("{\"module\": \"b.py\"}")));
    }

    @Test
    void supersededAndCancelledSayNothingAndChangeNothing() {
        update(failed());
        for (String outcome : List.of("superseded", "cancelled")) {
            assertEquals(nothing(), update(deploy("{\"outcome\": \"" + outcome + "\"}")));
        }
        assertEquals(1, state.stillFailing().size());
    }

    @Test
    void onlyWhatTheServersSaidIsSuccess() {
        for (String outcome :
                List.of("unconfirmed", "rejected", "unreachable", "wonderful", "conflict")) {
            DeployState fresh = new DeployState();
            Deploy one = deploy("{\"outcome\": \"" + outcome + "\"}");
            assertTrue(fresh.update(one).isPresent(), outcome);
            assertFalse(one.isLive(), outcome);
        }
        assertFalse(deploy("{\"outcome\": null}").isLive());
        assertFalse(deploy("{\"state\": \"delivered\", \"live\": true}").isLive());
    }

    @Test
    void theAnswerAfterTheLastChangeIsNotNews() {
        assertEquals(Optional.of(Kind.FAILURE), update(failed("{\"id\": \"x\"}")));
        assertEquals(nothing(), update(failed("{\"id\": \"x\"}")));
    }

    @Test
    void aLateWordTheOutcomeStaysTheRecoveryIsTold() {
        String silent =
                """
                {"id": "l", "outcome": "unconfirmed", "servers": [
                  {"name": "server1", "state": "confirmed"},
                  {"name": "server2", "state": "stopped"}]}
                """;
        assertEquals(Optional.of(Kind.FAILURE), update(deploy(silent)));
        String late = "{\"id\": \"l\", \"outcome\": \"unconfirmed\", \"late\": true";
        assertEquals(nothing(), update(deploy(late + "}")), "one of two");
        assertEquals(Optional.of(Kind.RECOVERY), update(deploy(late + ", \"live\": true}")));
        assertEquals("unconfirmed", shown().outcome());
        assertEquals(Set.of(), state.causes());
    }

    @Test
    void aConflictStaysUntilSomethingElseComesOfTheModule() {
        String conflict = "{\"outcome\": \"conflict\", \"found\": \"d4e5f607\"}";
        Deploy first = deploy(conflict);
        assertEquals(Optional.of(Kind.CONFLICT), update(first));
        assertEquals(Optional.of(first), state.conflict("dev", "crm.py"));
        update(deploy("{\"module\": \"other.py\"}"));
        update(deploy("{\"target\": \"prod\"}"));
        update(deploy("{\"outcome\": \"superseded\"}"));
        assertEquals(1, state.conflicts().size());
        update(deploy());
        assertEquals(List.of(), List.copyOf(state.conflicts()));
        update(deploy(conflict));
        state.dismissConflict(first);
        assertEquals(Optional.empty(), state.conflict("dev", "crm.py"));
    }

    @Test
    void theLastOutcomeOfEachModuleOnEachTarget() {
        Deploy dev = deploy();
        Deploy prod = failed("{\"target\": \"prod\"}");
        update(dev);
        update(prod);
        update(underWay("queued"));
        assertEquals(Optional.of(dev), state.last("dev", "crm.py"));
        assertEquals(Optional.of(prod), state.last("prod", "crm.py"));
        assertEquals(Optional.empty(), state.last("dev", "other.py"));
    }

    @Test
    void ofSeveralUnderWayTheDeliveredOneIsShown() {
        update(underWay("queued", "{\"module\": \"a.py\"}"));
        update(underWay("delivered", "{\"module\": \"b.py\"}"));
        update(underWay("dreaming", "{\"module\": \"c.py\"}"));
        assertEquals("b.py", shown().module());
        assertTrue(state.shown().orElseThrow().busy());
        assertEquals(2, state.shown().orElseThrow().others());
        assertEquals(3, state.underWay().size(), "an unknown state is under way");
    }

    @Test
    void fiveAtOnceTheWorstOfThemStaysInSight() {
        for (String id : List.of("a", "b", "c", "d", "e")) {
            update(underWay("queued", "{\"id\": \"%s\", \"module\": \"%s.py\"}".formatted(id, id)));
        }
        for (String id : List.of("a", "b", "c", "d", "e")) {
            String name = "{\"id\": \"%s\", \"module\": \"%s.py\"}".formatted(id, id);
            update(id.equals("b") ? failed(name) : deploy(name));
        }
        assertEquals("b.py", shown().module());
        // The next save is a new matter; what still fails is kept.
        update(deploy("{\"module\": \"a.py\"}"));
        assertEquals("a.py", shown().module());
        assertEquals("b.py", state.stillFailing().get(0).module());
    }

    @Test
    void ofSeveralSavesOfOneModuleTheLastOneIsTheTruth() {
        for (String id : List.of("1", "2", "3")) {
            update(underWay("queued", "{\"id\": \"" + id + "\"}"));
        }
        update(failed("{\"id\": \"1\"}"));
        update(deploy("{\"id\": \"2\", \"outcome\": \"superseded\"}"));
        update(deploy("{\"id\": \"3\"}"));
        assertEquals("3", shown().id());
    }

    @Test
    void whatNeverBecameADeployLeavesNoTrace() {
        update(underWay("queued", "{\"id\": \"q\"}"));
        state.drop("q");
        assertEquals(Optional.empty(), state.shown());
    }

    @Test
    void aTargetThatIsGoneFailsNoMore() {
        update(failed());
        state.forgetTargets(Set.of("prod"));
        assertEquals(List.of(), state.stillFailing());
    }

    @Test
    void thousandsOfDeploysDoNotPileUp() {
        for (int i = 0; i < 5000; i++) {
            update(deploy());
        }
        assertTrue(state.shown().isPresent());
        assertEquals(DeployState.KEPT, state.kept());
    }
}
