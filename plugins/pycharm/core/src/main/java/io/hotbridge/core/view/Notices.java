package io.hotbridge.core.view;

import io.hotbridge.core.Settings.Notify;
import io.hotbridge.core.Text;
import io.hotbridge.core.Trouble;
import io.hotbridge.core.Trouble.Connect.Failure;
import io.hotbridge.core.state.Notice;
import io.hotbridge.core.view.Action.Kind;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.Diagnostic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which balloon stands for what: failure and recovery only, never two for one cause; success says
 * nothing. It remembers what is shown, so that what is over can be expired. Pure; not for several
 * threads at once.
 */
public final class Notices {
    private static final String BRIDGE = "bridge";
    private static final String TARGET = "target";
    private static final String FAILURE = "failure\0";
    private static final String CONFLICT = "conflict\0";

    /** By key: the cause that a failure's balloon stands for, else its text. */
    private final Map<String, String> shown = new HashMap<>();

    /**
     * What a deploy has to tell; empty where the settings say not to.
     *
     * @param again whether this IDE can repeat it
     */
    public Optional<Balloon> of(Notice notice, Notify settings, boolean again) {
        Deploy deploy = notice.deploy();
        return switch (notice.kind()) {
            case FAILURE ->
                    settings == Notify.NONE
                            ? Optional.empty()
                            : Optional.of(failure(deploy, notice.cause(), again));
            case RECOVERY ->
                    settings == Notify.ALL
                            ? Optional.of(recovery(deploy, notice.cause()))
                            : Optional.empty();
            case CONFLICT -> Optional.of(conflict(deploy, again));
        };
    }

    /**
     * The keys of balloons whose causes are over.
     *
     * @param causes that something fails for now
     * @param conflicts keys of those that nothing has been done about
     */
    public List<String> over(Set<String> causes, Set<String> conflicts) {
        List<String> over = new ArrayList<>();
        shown.forEach(
                (key, cause) -> {
                    boolean failure = key.startsWith(FAILURE) && !causes.contains(cause);
                    boolean conflict = key.startsWith(CONFLICT) && !conflicts.contains(key);
                    if (failure || conflict) {
                        over.add(key);
                    }
                });
        over.forEach(shown::remove);
        return over;
    }

    /** The bridge is there. */
    public Optional<String> connected() {
        return shown.remove(BRIDGE) == null ? Optional.empty() : Optional.of(BRIDGE);
    }

    /** There is a target for what is deployed. */
    public Optional<String> hasTarget() {
        return shown.remove(TARGET) == null ? Optional.empty() : Optional.of(TARGET);
    }

    /** A balloon of this key that is not wanted any more, if one is shown. */
    public Optional<String> dismiss(String key) {
        return shown.remove(key) == null ? Optional.empty() : Optional.of(key);
    }

    private Balloon failure(Deploy deploy, String cause, boolean again) {
        String key = FAILURE + cause;
        shown.put(key, cause);
        Optional<Diagnostic> problem =
                deploy.diagnostics().stream()
                        .filter(each -> each.path().equals(deploy.document()))
                        .findFirst();
        List<Action> actions = new ArrayList<>();
        problem.ifPresent(
                each ->
                        actions.add(
                                new Action(
                                        Kind.SHOW_PROBLEM,
                                        Text.get("action.showProblem"),
                                        Optional.of(deploy),
                                        each.path(),
                                        Math.max(1, each.line()))));
        if (problem.isEmpty() && again) {
            actions.add(Action.about(Kind.DEPLOY_AGAIN, Text.get("action.deployAgain"), deploy));
        }
        actions.add(Action.of(Kind.SHOW_LOG, Text.get("action.showLog")));
        return new Balloon(
                key,
                deploy.outcome().equals("unconfirmed")
                        ? Balloon.Kind.WARNING
                        : Balloon.Kind.ERROR,
                Text.get("balloon.title"),
                Text.get(
                        "balloon.failure", deploy.module(), deploy.target(), Words.reason(deploy)),
                actions);
    }

    /** Under the failure's own key, so that it takes its place. */
    private Balloon recovery(Deploy deploy, String cause) {
        String key = FAILURE + cause;
        shown.remove(key);
        return new Balloon(
                key,
                Balloon.Kind.INFORMATION,
                Text.get("balloon.title"),
                Text.get(
                        "balloon.recovery",
                        deploy.module(),
                        deploy.target(),
                        Words.tally(deploy)),
                List.of(
                        Action.about(
                                Kind.SHOW_HISTORY, Text.get("action.showHistory"), deploy)));
    }

    public static String conflictKey(Deploy deploy) {
        return CONFLICT + deploy.target() + "\0" + deploy.module();
    }

    private Balloon conflict(Deploy deploy, boolean again) {
        return said(
                conflictKey(deploy),
                Balloon.Kind.WARNING,
                Text.get("balloon.conflict", deploy.module(), deploy.target()),
                Banners.conflictActions(deploy, again));
    }

    public static String confirmKey(String path) {
        return "confirm\0" + path;
    }

    /** On save: a question that does not take the keyboard; a newer save's takes its place. */
    public Balloon confirm(DeployRequest request, String target) {
        return said(
                confirmKey(request.document()),
                Balloon.Kind.WARNING,
                Text.get("balloon.confirm", target, request.module()),
                List.of(
                        Action.about(
                                Kind.CONFIRM,
                                Text.get("action.confirm", target),
                                request.document())));
    }

    /**
     * What is wrong with the bridge. Said once for as long as it is the same.
     *
     * @param asked the user has just asked for something, and is to be answered in any case
     */
    public Optional<Balloon> trouble(Throwable error, boolean asked) {
        String words = words(error);
        if (words.equals(shown.get(BRIDGE)) && !asked) {
            return Optional.empty();
        }
        List<Action> actions = new ArrayList<>();
        if (error instanceof Trouble.Missing) {
            actions.add(Action.of(Kind.HOW_TO_INSTALL, Text.get("action.install")));
            actions.add(Action.of(Kind.SET_PATH, Text.get("action.setPath")));
        } else {
            actions.add(Action.of(Kind.SHOW_LOG, Text.get("action.showLog")));
            boolean protocol =
                    error instanceof Trouble.Connect connect
                            && connect.failure() == Failure.PROTOCOL;
            if (!protocol) {
                actions.add(Action.of(Kind.RUN_DOCTOR, Text.get("action.runDoctor")));
            }
        }
        return Optional.of(said(BRIDGE, Balloon.Kind.ERROR, words, actions));
    }

    private static String words(Throwable error) {
        String message = String.valueOf(error.getMessage());
        if (error instanceof Trouble.Missing) {
            return Text.get("balloon.missing", message);
        }
        if (error instanceof Trouble.Connect connect) {
            return Text.get(
                    connect.failure() == Failure.PROTOCOL ? "balloon.protocol" : "balloon.connect",
                    message);
        }
        return message;
    }

    /**
     * There is no such target.
     *
     * @param target empty: the default one
     */
    public Balloon noTarget(String target, boolean anyAtAll, String message) {
        List<Action> actions = new ArrayList<>();
        if (anyAtAll) {
            actions.add(Action.of(Kind.CHOOSE_TARGET, Text.get("action.chooseTarget")));
        }
        actions.add(Action.of(Kind.ADD_TARGET, Text.get("action.addTarget")));
        String text =
                !anyAtAll
                        ? Text.get("balloon.noTarget")
                        : target.isEmpty() ? message : Text.get("balloon.goneTarget", target);
        return said(TARGET, Balloon.Kind.ERROR, text, actions);
    }

    /** A file of no open project, that the user means to be deployed. */
    public Balloon outside(String path, String name) {
        return said(
                "outside\0" + path,
                Balloon.Kind.INFORMATION,
                Text.get("balloon.outside", name),
                List.of(
                        Action.about(Kind.DEPLOY_TO, Text.get("action.deployTo"), path)));
    }

    /** The bridge, or we, could not take it: in its own words. */
    public Balloon refused(String about, String message) {
        return said(refusedKey(about), Balloon.Kind.ERROR, message, List.of());
    }

    public static String refusedKey(String about) {
        return "refused\0" + about;
    }

    public Balloon note(String about, String message) {
        return said("note\0" + about, Balloon.Kind.INFORMATION, message, List.of());
    }

    private Balloon said(String key, Balloon.Kind kind, String text, List<Action> actions) {
        shown.put(key, text);
        return new Balloon(key, kind, Text.get("balloon.title"), text, actions);
    }
}
