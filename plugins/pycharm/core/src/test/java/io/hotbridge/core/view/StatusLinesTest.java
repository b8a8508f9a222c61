package io.hotbridge.core.view;

import static io.hotbridge.core.state.Samples.deploy;
import static io.hotbridge.core.state.Samples.failed;
import static io.hotbridge.core.state.Samples.underWay;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.state.DeployState;
import io.hotbridge.core.view.StatusLine.Click;
import io.hotbridge.core.view.StatusLine.Severity;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.TargetServer;
import io.hotbridge.core.wire.Targets;
import java.time.ZonedDateTime;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StatusLinesTest {
    private static final Targets TARGETS =
            new Targets(
                    List.of(
                            new Target(
                                    "dev",
                                    true,
                                    "marker",
                                    "none",
                                    List.of(
                                            new TargetServer(
                                                    "server1", "/s/1", "yes", "3.2", List.of()),
                                            new TargetServer(
                                                    "server2",
                                                    "/s/2",
                                                    "no",
                                                    "3.2",
                                                    List.of("server2 is stopped"))),
                                    List.of())),
                    "dev");

    private final DeployState state = new DeployState();

    private StatusLines.Known known(
            ClientState client, boolean away, int waiting, String target, Targets targets) {
        return new StatusLines.Known(
                client,
                away,
                waiting,
                "",
                targets,
                target,
                true,
                state.shown(),
                state.stillFailing());
    }

    private StatusLine line() {
        return StatusLines.line(known(ClientState.READY, false, 0, "dev", TARGETS));
    }

    private StatusLine after(Deploy... deploys) {
        for (Deploy deploy : deploys) {
            state.update(deploy);
        }
        return line();
    }

    @Test
    void theLineOfOneDeployFromTheFirstWordToTheLast() {
        String one = "{\"id\": \"one\"}";
        assertEquals("crm.py → dev", after(underWay("recorded", one, "{\"servers\": []}")).text());
        assertEquals("crm.py → dev waits", after(underWay("queued", one)).text());
        String waiting =
                "{\"servers\": [{\"name\": \"a\", \"state\": \"%s\"},"
                        + " {\"name\": \"b\", \"state\": \"waiting\"}]}";
        assertEquals(
                "crm.py → dev 0/2",
                after(underWay("delivered", one, waiting.formatted("waiting"))).text());
        StatusLine busy = after(underWay("delivered", one, waiting.formatted("confirmed")));
        assertEquals("crm.py → dev 1/2", busy.text());
        assertTrue(busy.busy());
        assertEquals(Mark.BUSY, busy.mark());
        assertEquals("crm.py → dev dreaming", after(underWay("dreaming", one)).text());
        StatusLine done = after(deploy(one));
        assertEquals("✓ crm.py dev 2/2 0.5 s", done.text());
        assertFalse(done.busy());
        assertEquals(Severity.NONE, done.severity());
        assertTrue(
                done.tooltip().contains("server1 confirmed in 0.4 s, crm.get"), done.tooltip());
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "deployed, ✓ crm.py dev 2/2 0.5 s, NONE, OK",
        "failed, ✗ crm.py dev failed 2/2, ERROR, ERROR",
        "unconfirmed, ⚠ crm.py dev 2/2 unconfirmed, WARNING, WARNING",
        "rejected, ✗ crm.py not deployed, NONE, ERROR",
        "conflict, ⚠ crm.py dev conflict, NONE, WARNING",
        "unreachable, ⚠ crm.py dev unreachable, NONE, WARNING",
        "cancelled, ⊘ crm.py dev cancelled, NONE, STOPPED",
        "superseded, ⊘ crm.py dev superseded, NONE, STOPPED",
        "wonderful, ⚠ crm.py dev wonderful, NONE, UNKNOWN",
    })
    void everyOutcome(String outcome, String text, Severity severity, Mark mark) {
        StatusLine line = after(deploy("{\"outcome\": \"" + outcome + "\"}"));
        assertEquals(text, line.text());
        assertEquals(severity, line.severity());
        assertEquals(mark, line.mark());
        assertEquals(outcome.equals("deployed"), line.text().contains("✓"));
    }

    @Test
    void liveByNow() {
        String live = "{\"outcome\": \"unconfirmed\", \"late\": true, \"live\": true}";
        state.update(deploy("{\"id\": \"l\", \"outcome\": \"unconfirmed\"}"));
        StatusLine line = after(deploy("{\"id\": \"l\"}", live));
        assertEquals("✓ crm.py dev 2/2 live by now", line.text());
        assertEquals(Severity.NONE, line.severity());
    }

    @Test
    void severalAreOneLine() {
        for (String id : List.of("a", "b", "c")) {
            state.update(
                    underWay("queued", "{\"id\": \"%s\", \"module\": \"%s.py\"}".formatted(id, id)));
        }
        assertEquals("a.py → dev waits +2", line().text());
        for (String id : List.of("a", "b", "c")) {
            state.update(deploy("{\"id\": \"%s\", \"module\": \"%s.py\"}".formatted(id, id)));
        }
        assertEquals("✓ c.py +2 dev 2/2 0.5 s", line().text());
    }

    @Test
    void whatStillFailsIsInTheTooltip() {
        after(failed("{\"module\": \"b.py\"}"));
        StatusLine line = after(deploy());
        assertTrue(line.tooltip().contains("Still failing: b.py → dev"), line.tooltip());
    }

    @Test
    void atRest() {
        StatusLine rest = line();
        assertEquals("hotbridge: dev", rest.text());
        assertTrue(rest.tooltip().contains("Saves here go to dev: 1 of 2 running"));
        assertTrue(rest.tooltip().contains("server2 is stopped"));
        assertEquals(Click.POPUP, rest.click());
        assertEquals(
                Click.ADD_TARGET,
                StatusLines.line(known(ClientState.READY, false, 0, "", Targets.NONE)).click());
        StatusLine gone = StatusLines.line(known(ClientState.READY, false, 0, "old", TARGETS));
        assertEquals(Click.CHOOSE_TARGET, gone.click());
        assertTrue(gone.tooltip().contains("The target old"));
        StatusLine off = StatusLines.line(known(ClientState.OFF, false, 0, "", Targets.NONE));
        assertEquals("hotbridge: off", off.text());
    }

    @Test
    void awayWithADeployToAskForAgain() {
        state.update(underWay("delivered"));
        StatusLine soon = StatusLines.line(known(ClientState.LOST, false, 1, "dev", TARGETS));
        assertEquals("crm.py → dev 2/2", soon.text());
        StatusLine line = StatusLines.line(known(ClientState.LOST, true, 1, "dev", TARGETS));
        assertEquals("hotbridge: waits for the bridge", line.text());
        assertTrue(line.busy());
    }

    @Test
    void hiddenWhereThereIsNothingToSay() {
        StatusLines.Known nowhere =
                new StatusLines.Known(
                        ClientState.READY,
                        false,
                        0,
                        "",
                        TARGETS,
                        "dev",
                        false,
                        Optional.empty(),
                        List.of());
        assertFalse(StatusLines.line(nowhere).isVisible());
    }

    @Test
    void theRowsOfADeployAndOfTheTarget() {
        List<ServerRow> rows =
                StatusLines.rows(known(ClientState.READY, false, 0, "dev", TARGETS));
        assertEquals(
                List.of(
                        new ServerRow(Mark.OK, "server1", "running", "", "3.2"),
                        new ServerRow(Mark.STOPPED, "server2", "stopped", "", "server2 is stopped")),
                rows);
        after(failed());
        rows = StatusLines.rows(known(ClientState.READY, false, 0, "dev", TARGETS));
        assertEquals(Mark.ERROR, rows.get(0).mark());
        assertEquals("failed", rows.get(0).state());
    }

    @ParameterizedTest
    @CsvSource({
        "0.04, 40 ms", "0.0001, 1 ms", "0.0999, 0.1 s", "0.52, 0.5 s", "9.96, 10.0 s", "61.4, 61 s"
    })
    void seconds(double value, String words) {
        assertEquals(words, Words.seconds(value));
    }

    @Test
    void times() {
        ZonedDateTime now = ZonedDateTime.parse("2026-11-23T15:00:00+01:00[Europe/Warsaw]");
        assertEquals("14:03", Words.clock("2026-11-23T14:03:07.412+01:00", now));
        assertEquals("14:03", Words.clock("2026-11-23T13:03:07Z", now));
        assertEquals("22 Nov 09:00", Words.clock("2026-11-22T09:00:00+01:00", now));
        assertEquals("2 Jan 2020 03:04", Words.clock("2020-01-02T03:04:00+01:00", now));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "2026-11-23"})
    void noTimes(String time) {
        assertEquals("", Words.clock(time));
    }
}
