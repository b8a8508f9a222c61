package io.hotbridge.core.state;

import io.hotbridge.core.wire.Deploy;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What one project knows of its deploys: those under way, what came of the last of each module on
 * each target, what still fails, and what is worth a notification. Pure, with no clock; not for
 * several threads at once.
 */
public final class DeployState {
    /** A module on a target. */
    public record Place(String target, String module) {
        static Place of(Deploy deploy) {
            return new Place(deploy.target(), deploy.module());
        }
    }

    /** What the one line speaks of. */
    public record Shown(Deploy deploy, boolean busy, int others) {}

    private record Failing(String cause, Deploy deploy) {}

    /** Ended deploys that are kept. */
    static final int KEPT = 100;

    private static final Set<String> FAILURES =
            Set.of("failed", "rejected", "unconfirmed", "unreachable");

    /** Outcomes that change nothing about what is live or known. */
    private static final Set<String> PASSING = Set.of("superseded", "cancelled");

    private final Map<String, Deploy> deploys = new LinkedHashMap<>();

    /** The deploys since all were last at rest, by id. */
    private final Set<String> batch = new LinkedHashSet<>();

    private final Map<Place, Failing> failing = new LinkedHashMap<>();
    private final Map<Place, Deploy> conflicts = new LinkedHashMap<>();

    /** Takes in one step of a deploy; what is to be told, if anything. */
    public Optional<Notice> update(Deploy deploy) {
        if (deploy.id().isEmpty()) {
            return Optional.empty();
        }
        Deploy before = deploys.get(deploy.id());
        if (before != null && before.isDone() && !deploy.late()) {
            return Optional.empty(); // the answer says again what the last change said
        }
        if (before == null && !isBusy()) {
            batch.clear();
        }
        deploys.remove(deploy.id());
        deploys.put(deploy.id(), deploy);
        if (!deploy.late()) {
            batch.add(deploy.id());
        }
        forgetOld();
        return deploy.isDone() ? finished(deploy) : Optional.empty();
    }

    /** A deploy that will never be heard of again. */
    public void drop(String id) {
        deploys.remove(id);
        batch.remove(id);
    }

    public List<Deploy> underWay() {
        return deploys.values().stream().filter(deploy -> !deploy.isDone()).toList();
    }

    public boolean isBusy() {
        return deploys.values().stream().anyMatch(deploy -> !deploy.isDone());
    }

    /** What fails on a target and has not succeeded there since. */
    public List<Deploy> stillFailing() {
        return failing.values().stream().map(Failing::deploy).toList();
    }

    /** The causes that something fails for now. */
    public Set<String> causes() {
        return failing.values().stream().map(Failing::cause).collect(Collectors.toSet());
    }

    /** The conflict that nothing has been done about, of a module on a target. */
    public Optional<Deploy> conflict(String target, String module) {
        return Optional.ofNullable(conflicts.get(new Place(target, module)));
    }

    public Collection<Deploy> conflicts() {
        return List.copyOf(conflicts.values());
    }

    public void dismissConflict(Deploy conflict) {
        conflicts.remove(Place.of(conflict));
    }

    /** What came of the newest deploy of a module on a target, if one is known. */
    public Optional<Deploy> last(String target, String module) {
        Deploy last = null;
        for (Deploy deploy : deploys.values()) {
            if (deploy.isDone() && Place.of(deploy).equals(new Place(target, module))) {
                last = deploy;
            }
        }
        return Optional.ofNullable(last);
    }

    public Optional<Deploy> get(String id) {
        return Optional.ofNullable(deploys.get(id));
    }

    /** A target that is not there any more can have no next success. */
    public void forgetTargets(Set<String> known) {
        failing.keySet().removeIf(place -> !known.contains(place.target()));
        conflicts.keySet().removeIf(place -> !known.contains(place.target()));
    }

    /**
     * What to show: of those under way the one that is furthest, else of the last batch the worst
     * that came out, and of several the newest.
     */
    public Optional<Shown> shown() {
        List<Deploy> busy = underWay();
        if (!busy.isEmpty()) {
            Deploy now =
                    busy.stream()
                            .filter(deploy -> deploy.state().equals("delivered"))
                            .findFirst()
                            .orElse(busy.get(0));
            return Optional.of(new Shown(now, true, busy.size() - 1));
        }
        Deploy worst = null;
        for (Deploy deploy : newest()) {
            if (worst == null || rank(deploy) >= rank(worst)) {
                worst = deploy;
            }
        }
        if (worst == null) {
            return Optional.empty();
        }
        String outcome = worst.outcome();
        long alike = newest().stream().filter(each -> each.outcome().equals(outcome)).count();
        return Optional.of(new Shown(worst, false, (int) alike - 1));
    }

    private Optional<Notice> finished(Deploy deploy) {
        Place place = Place.of(deploy);
        String outcome = deploy.outcome();
        if (deploy.isLive()) {
            conflicts.remove(place);
            Failing failed = failing.remove(place);
            return failed != null && !causes().contains(failed.cause())
                    ? Optional.of(new Notice(Notice.Kind.RECOVERY, deploy, failed.cause()))
                    : Optional.empty();
        }
        if (PASSING.contains(outcome) || deploy.late()) {
            return Optional.empty();
        }
        if (outcome.equals("conflict")) {
            conflicts.put(place, deploy);
            return Optional.of(new Notice(Notice.Kind.CONFLICT, deploy, ""));
        }
        conflicts.remove(place);
        String cause = causeOf(deploy);
        boolean known = causes().contains(cause);
        failing.put(place, new Failing(cause, deploy));
        return known
                ? Optional.empty()
                : Optional.of(new Notice(Notice.Kind.FAILURE, deploy, cause));
    }

    /**
     * Deploys that fail for one cause are told of once: a target that cannot be reached for all its
     * modules, a broken save for as long as it is the same trouble.
     */
    private static String causeOf(Deploy deploy) {
        String outcome = deploy.outcome();
        if (outcome.equals("unreachable")) {
            return deploy.target() + "\0unreachable";
        }
        String detail =
                outcome.equals("failed") && !deploy.diagnostics().isEmpty()
                        ? firstLine(deploy.diagnostics().get(0).message())
                        : "";
        String kind = FAILURES.contains(outcome) ? outcome : "other";
        return String.join("\0", deploy.target(), deploy.module(), kind, detail);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static int rank(Deploy deploy) {
        return switch (deploy.outcome()) {
            case "deployed" -> 1;
            case "cancelled", "superseded" -> 0;
            case "unconfirmed" -> deploy.live() ? 1 : 2;
            case "failed" -> 4;
            default -> 3;
        };
    }

    /** Of the batch, each module's last word: an earlier save is not the truth. */
    private List<Deploy> newest() {
        Map<Place, Deploy> newest = new LinkedHashMap<>();
        for (String id : batch) {
            Deploy deploy = deploys.get(id);
            if (deploy != null) {
                newest.put(Place.of(deploy), deploy);
            }
        }
        return new ArrayList<>(newest.values());
    }

    private void forgetOld() {
        for (Deploy deploy : List.copyOf(deploys.values())) {
            if (deploys.size() <= KEPT) {
                return;
            }
            if (deploy.isDone()) {
                drop(deploy.id());
            }
        }
    }

    int kept() {
        return deploys.size();
    }
}
