package io.hotbridge.core.view;

import io.hotbridge.core.Text;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.ServerResult;
import io.hotbridge.core.wire.Target;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** How values are said to people: seconds, times, commits, outcomes. */
public final class Words {
    private static final int COMMIT = 7;
    private static final DateTimeFormatter HOURS = format("HH:mm");
    private static final DateTimeFormatter DAY = format("d MMM HH:mm");
    private static final DateTimeFormatter YEAR = format("d MMM yyyy HH:mm");

    private Words() {}

    private static DateTimeFormatter format(String pattern) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH);
    }

    public static String seconds(double value) {
        if (value < 0.0995) {
            return Math.max(1, Math.round(value * 1000)) + " ms";
        }
        return value < 10
                ? String.format(Locale.ROOT, "%.1f s", value)
                : Math.round(value) + " s";
    }

    public static String shortCommit(String commit) {
        return commit.substring(0, Math.min(COMMIT, commit.length()));
    }

    /** 14:03 today, 22 Nov 14:03 this year, 22 Nov 2025 14:03 before; empty where it is no time. */
    public static String clock(String time, ZonedDateTime now) {
        ZonedDateTime then;
        try {
            then = OffsetDateTime.parse(time).atZoneSameInstant(now.getZone());
        } catch (DateTimeException e) {
            return "";
        }
        if (then.toLocalDate().equals(now.toLocalDate())) {
            return HOURS.format(then);
        }
        return (then.getYear() == now.getYear() ? DAY : YEAR).format(then);
    }

    public static String clock(String time) {
        return clock(time, ZonedDateTime.now());
    }

    /** 2/2, or nothing while the servers are not known. */
    public static String tally(Deploy deploy) {
        return deploy.servers().isEmpty()
                ? ""
                : deploy.confirmed() + "/" + deploy.servers().size();
    }

    /** Seconds from acceptance to the last server's word. */
    public static String duration(Deploy deploy) {
        return deploy.timings().confirmed().isPresent()
                ? seconds(deploy.timings().confirmed().getAsDouble())
                : "";
    }

    /** server1 confirmed in 0.4 s, crm.get-customer */
    public static String serverLine(ServerResult server) {
        StringBuilder line = new StringBuilder(server.name() + " " + server.state());
        server.seconds().ifPresent(value -> line.append(" in ").append(seconds(value)));
        if (!server.services().isEmpty()) {
            line.append(", ").append(String.join(", ", server.services()));
        }
        if (!server.message().isEmpty()) {
            line.append(": ").append(firstLine(server.message()));
        }
        return line.toString();
    }

    public static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    /** What a deploy has to say in one sentence. */
    public static String reason(Deploy deploy) {
        String words = firstLine(deploy.message());
        if (!words.isEmpty()) {
            return words;
        }
        return deploy.outcome().isEmpty() ? deploy.state() : deploy.outcome();
    }

    /** The bridge's word, with what came later. */
    public static String outcome(Deploy deploy) {
        String word = deploy.outcome().isEmpty() ? deploy.trigger() : deploy.outcome();
        return deploy.live() && !deploy.outcome().equals("deployed")
                ? word + ", " + Text.get("status.liveByNow")
                : word;
    }

    public static Mark mark(Deploy deploy) {
        if (!deploy.isDone()) {
            return Mark.BUSY;
        }
        return switch (deploy.outcome()) {
            case "deployed" -> Mark.OK;
            case "failed", "rejected" -> Mark.ERROR;
            case "unconfirmed" -> deploy.live() ? Mark.OK : Mark.WARNING;
            case "conflict", "unreachable" -> Mark.WARNING;
            case "cancelled", "superseded" -> Mark.STOPPED;
            case "" -> deploy.trigger().equals("found") ? Mark.FOUND : Mark.UNKNOWN;
            default -> Mark.UNKNOWN;
        };
    }

    public static Mark mark(ServerResult server) {
        return switch (server.state()) {
            case "waiting" -> Mark.BUSY;
            case "confirmed" -> Mark.OK;
            case "failed" -> Mark.ERROR;
            case "silent", "unreachable" -> Mark.WARNING;
            case "stopped" -> Mark.STOPPED;
            default -> Mark.UNKNOWN;
        };
    }

    public static String runningServers(Target target) {
        int all = target.servers().size();
        if (all == 0) {
            return Text.get("words.noServers");
        }
        long up = target.servers().stream().filter(s -> s.running().equals("yes")).count();
        long unknown =
                target.servers().stream().filter(s -> s.running().equals("unknown")).count();
        return unknown == all
                ? Text.get("words.servers", all)
                : Text.get("words.running", up, all);
    }
}
