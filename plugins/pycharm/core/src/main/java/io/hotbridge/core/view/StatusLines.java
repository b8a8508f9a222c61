package io.hotbridge.core.view;

import io.hotbridge.core.Text;
import io.hotbridge.core.bridge.ClientState;
import io.hotbridge.core.state.DeployState.Shown;
import io.hotbridge.core.view.StatusLine.Click;
import io.hotbridge.core.view.StatusLine.Severity;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Target;
import io.hotbridge.core.wire.Targets;
import io.hotbridge.core.wire.Warning;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Makes the one line, and the rows of its popup, of what is known. Pure. */
public final class StatusLines {
    /**
     * What is known.
     *
     * @param away the bridge has been gone long enough to be worth showing
     * @param waiting how many deploys of ours have no answer
     * @param missing why there is no program; empty: there is one, or nobody has looked
     * @param target the name of the one that saves of the project go to; empty: none
     * @param here the active file is a module of the project
     */
    public record Known(
            ClientState state,
            boolean away,
            int waiting,
            String missing,
            Targets targets,
            String target,
            boolean here,
            Optional<Shown> shown,
            List<Deploy> stillFailing) {}

    private StatusLines() {}

    public static StatusLine line(Known known) {
        if (known.waiting() > 0 && known.state() != ClientState.READY && known.away()) {
            return line(Mark.BUSY, "status.away", Text.get("status.away.tip"), Click.POPUP);
        }
        if (known.shown().isPresent()) {
            return shown(known, known.shown().get());
        }
        return known.here() ? idle(known) : StatusLine.HIDDEN;
    }

    /** Of the deploy that the line speaks of, else of the target. */
    public static List<ServerRow> rows(Known known) {
        if (known.shown().isPresent()) {
            return known.shown().get().deploy().servers().stream()
                    .map(
                            server ->
                                    new ServerRow(
                                            Words.mark(server),
                                            server.name(),
                                            server.state(),
                                            server.seconds().isPresent()
                                                    ? Words.seconds(
                                                            server.seconds().getAsDouble())
                                                    : "",
                                            server.services().isEmpty()
                                                    ? Words.firstLine(server.message())
                                                    : String.join(", ", server.services())))
                    .toList();
        }
        return known.targets().find(known.target()).map(StatusLines::rows).orElse(List.of());
    }

    private static List<ServerRow> rows(Target target) {
        return target.servers().stream()
                .map(
                        server ->
                                new ServerRow(
                                        switch (server.running()) {
                                            case "yes" -> Mark.OK;
                                            case "starting" -> Mark.BUSY;
                                            case "no" -> Mark.STOPPED;
                                            default -> Mark.UNKNOWN;
                                        },
                                        server.name(),
                                        switch (server.running()) {
                                            case "yes" -> "running";
                                            case "no" -> "stopped";
                                            default -> server.running();
                                        },
                                        "",
                                        server.problems().isEmpty()
                                                ? server.version()
                                                : server.problems().get(0)))
                .toList();
    }

    private static StatusLine line(Mark mark, String key, String tooltip, Click click) {
        return new StatusLine(
                mark, Text.get(key), tooltip, Severity.NONE, mark == Mark.BUSY, click);
    }

    private static StatusLine idle(Known known) {
        if (!known.missing().isEmpty() && known.state() != ClientState.READY) {
            return line(
                    Mark.AWAY,
                    "status.missing",
                    Text.get("status.missing.tip", known.missing()),
                    Click.POPUP);
        }
        if (known.state() != ClientState.READY) {
            String tip = known.away() ? "status.lost.tip" : "status.off.tip";
            return line(Mark.AWAY, "status.off", Text.get(tip), Click.POPUP);
        }
        if (known.targets().all().isEmpty()) {
            return line(
                    Mark.AWAY,
                    "status.addTarget",
                    Text.get("status.addTarget.tip"),
                    Click.ADD_TARGET);
        }
        Optional<Target> target = known.targets().find(known.target());
        if (target.isEmpty()) {
            return line(
                    Mark.AWAY,
                    "status.chooseTarget",
                    known.target().isEmpty()
                            ? Text.get("status.noTarget.tip")
                            : Text.get("status.goneTarget.tip", known.target()),
                    Click.CHOOSE_TARGET);
        }
        String tip =
                Text.get(
                        "status.idle.tip",
                        target.get().name(),
                        Words.runningServers(target.get()));
        List<String> lines = new ArrayList<>(List.of(tip));
        lines.addAll(target.get().allProblems());
        return new StatusLine(
                Mark.IDLE,
                Text.get("status.idle", target.get().name()),
                String.join("\n", lines),
                Severity.NONE,
                false,
                Click.POPUP);
    }

    private static StatusLine shown(Known known, Shown shown) {
        Deploy deploy = shown.deploy();
        return new StatusLine(
                Words.mark(deploy),
                shown.busy() ? busy(deploy, shown.others()) : ended(deploy, shown.others()),
                tooltip(known, deploy),
                shown.busy() ? Severity.NONE : severity(deploy),
                shown.busy(),
                Click.POPUP);
    }

    private static String busy(Deploy deploy, int others) {
        String progress =
                switch (deploy.state()) {
                    case "delivered" -> Words.tally(deploy);
                    case "queued" -> Text.get("status.waits");
                    case "recorded" -> "";
                    default -> deploy.state();
                };
        return said(
                deploy.module(), "→", deploy.target(), progress, others > 0 ? "+" + others : "");
    }

    private static String ended(Deploy deploy, int others) {
        String what = others > 0 ? deploy.module() + " +" + others : deploy.module();
        String target = deploy.target();
        String tally = Words.tally(deploy);
        return switch (deploy.outcome()) {
            case "deployed" -> said("✓", what, target, tally, Words.duration(deploy));
            case "failed" -> said("✗", what, target, Text.get("status.failed"), tally);
            case "unconfirmed" ->
                    deploy.live()
                            ? said("✓", what, target, tally, Text.get("status.liveByNow"))
                            : said("⚠", what, target, tally, Text.get("status.unconfirmed"));
            case "rejected" -> said("✗", what, Text.get("status.notDeployed"));
            case "cancelled", "superseded" -> said("⊘", what, target, deploy.outcome());
            case "" -> said("⚠", what, target, deploy.state());
            default -> said("⚠", what, target, deploy.outcome());
        };
    }

    private static Severity severity(Deploy deploy) {
        return switch (deploy.outcome()) {
            case "failed" -> Severity.ERROR;
            case "unconfirmed" -> deploy.live() ? Severity.NONE : Severity.WARNING;
            default -> Severity.NONE;
        };
    }

    private static String tooltip(Known known, Deploy deploy) {
        List<String> lines = new ArrayList<>();
        lines.add(deploy.module() + " → " + deploy.target());
        String details =
                Stream.of(
                                Words.reason(deploy),
                                Words.clock(deploy.time()),
                                Words.shortCommit(deploy.commit()),
                                deploy.trigger())
                        .filter(part -> !part.isEmpty())
                        .collect(Collectors.joining(" · "));
        lines.add(details);
        deploy.servers().forEach(server -> lines.add(Words.serverLine(server)));
        deploy.warnings().stream().map(Warning::message).forEach(lines::add);
        String others =
                known.stillFailing().stream()
                        .filter(
                                each ->
                                        !each.module().equals(deploy.module())
                                                || !each.target().equals(deploy.target()))
                        .map(each -> each.module() + " → " + each.target())
                        .collect(Collectors.joining(", "));
        if (!others.isEmpty()) {
            lines.add(Text.get("status.stillFailing", others));
        }
        return String.join("\n", lines);
    }

    private static String said(String... parts) {
        return Stream.of(parts).filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
    }
}
