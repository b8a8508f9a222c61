package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.state.DeployState;
import io.hotbridge.core.state.Notice;
import io.hotbridge.core.state.Problem;
import io.hotbridge.core.state.Problems;
import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Banner;
import io.hotbridge.core.view.Banners;
import io.hotbridge.core.view.HistoryModel;
import io.hotbridge.core.view.Notices;
import io.hotbridge.core.view.Question;
import io.hotbridge.core.view.ServerRow;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.core.view.StatusLines;
import io.hotbridge.core.view.TargetChoice;
import io.hotbridge.core.view.TargetChoices;
import io.hotbridge.core.view.Words;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Targets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * What one project shows, as plain values, and what can be done in it. The reading methods answer
 * at once, on any thread. The futures of what is done end when it is, and do not fail, save that of
 * {@link #targetChoices}: what went wrong has been shown by then.
 */
public final class ProjectSession implements AutoCloseable {
    private final Hotbridge hotbridge;
    private final BridgeClient client;
    private final ProjectHost host;
    private final HistoryModel history;
    private final Sender sender;

    /** Written on the main thread; read on any, so both hold the lock, and nobody for long. */
    private final Object lock = new Object();

    private final DeployState state = new DeployState();
    private final Problems problems = new Problems();
    private final Notices notices = new Notices();
    private volatile boolean closed;

    ProjectSession(Hotbridge hotbridge, ProjectHost host) {
        this.hotbridge = hotbridge;
        this.host = host;
        client = hotbridge.client();
        history = new HistoryModel(client);
        sender = new Sender(hotbridge, this);
    }

    ProjectHost host() {
        return host;
    }

    Notices notices() {
        return notices;
    }

    /**
     * The status bar's line.
     *
     * @param activeFile the file in the active editor; empty: none
     */
    public StatusLine statusLine(Optional<Path> activeFile) {
        return StatusLines.line(known(activeFile));
    }

    /** The popup's rows: the servers of the deploy that the line speaks of, else the target's. */
    public List<ServerRow> serverRows(Optional<Path> activeFile) {
        return StatusLines.rows(known(activeFile));
    }

    private StatusLines.Known known(Optional<Path> activeFile) {
        boolean here =
                activeFile.filter(SaveRules::isModule).filter(f -> host.holds(f) >= 0).isPresent();
        synchronized (lock) {
            return new StatusLines.Known(
                    client.state(),
                    hotbridge.away(),
                    client.deploysUnderWay(),
                    hotbridge.missing(),
                    client.targets(),
                    target(),
                    here,
                    state.shown(),
                    state.stillFailing());
        }
    }

    public List<Problem> problems(String file) {
        synchronized (lock) {
            return problems.of(file);
        }
    }

    /**
     * What stands over the editor of the file.
     *
     * @param text of the file; only its first lines are looked at
     */
    public Optional<Banner> banner(Path file, CharSequence text) {
        if (!SaveRules.isModule(file)) {
            return Optional.empty();
        }
        synchronized (lock) {
            Optional<Deploy> conflict =
                    state.conflicts().stream()
                            .filter(each -> each.document().equals(file.toString()))
                            .findFirst();
            if (conflict.isPresent()) {
                return conflict.map(
                        deploy -> Banners.conflict(deploy, sender.canRepeat(deploy.id())));
            }
        }
        return SaveRules.hasMarker(text) && host.holds(file) >= 0
                ? Banners.setup(
                        client.state(), hotbridge.missing(), client.targets(), host.target())
                : Optional.empty();
    }

    public HistoryModel history() {
        return history;
    }

    /** The name of the target that the file goes to; empty: none is known. */
    public String targetOf(Path file) {
        return target();
    }

    private String target() {
        String own = host.target();
        return own.isEmpty() ? client.targets().defaultTarget() : own;
    }

    /** Those that can be cancelled, if it is not too late. */
    public List<Deploy> underWay() {
        synchronized (lock) {
            return state.underWay();
        }
    }

    /** For the user to choose from; asks the bridge, which is started where it must be. */
    public CompletableFuture<List<TargetChoice>> targetChoices() {
        return client.listTargets().thenApply(targets -> TargetChoices.of(targets, target()));
    }

    /**
     * Deploys the saved file, marker or not.
     *
     * @param target empty: the project's
     */
    public CompletableFuture<Void> deploy(Path file, String target) {
        return sender.deploy(file.toAbsolutePath().normalize(), target, false);
    }

    /** Asks, then gives the servers an older version; the user's own file stays as it is. */
    public CompletableFuture<Void> restore(Deploy version) {
        if (version.commit().isEmpty()) {
            return CompletableFuture.completedFuture(null);
        }
        Question question =
                new Question(
                        Text.get("question.restore.title", version.module()),
                        Text.get(
                                "question.restore",
                                version.module(),
                                version.target(),
                                Words.shortCommit(version.commit()),
                                Words.clock(version.time())),
                        Text.get("question.restore.yes", version.target()),
                        Text.get("question.no"));
        return host.ask(question)
                .thenComposeAsync(
                        yes -> yes ? sender.rollback(version) : Sender.NOTHING,
                        hotbridge.threads().main())
                .exceptionally(this::defect);
    }

    public CompletableFuture<Void> cancel(String id) {
        return client.cancel(id)
                .handleAsync(
                        (deploy, error) -> {
                            if (error != null) {
                                sender.explainCancel(id, Trouble.unwrap(error));
                            } else {
                                deploy.filter(one -> !one.outcome().equals("cancelled"))
                                        .ifPresent(this::showNothingToCancel);
                            }
                            return null;
                        },
                        hotbridge.threads().main());
    }

    private void showNothingToCancel(Deploy deploy) {
        String word = deploy.outcome().isEmpty() ? deploy.state() : deploy.outcome();
        show(notices.note(
                deploy.id(), Text.get("balloon.cancelled", deploy.module(), word)));
    }

    /** Starts the bridge where none runs. */
    public CompletableFuture<Void> start() {
        return client.connect(true)
                .handleAsync(
                        (ready, error) -> {
                            if (error != null) {
                                sender.explain(Trouble.unwrap(error), "", "", true);
                            }
                            return null;
                        },
                        hotbridge.threads().main());
    }

    /** Does what needs no window; false: it is the IDE's to do. */
    public boolean perform(Action action) {
        Runnable work =
                switch (action.kind()) {
                    case DEPLOY_AGAIN -> () -> action.deploy().ifPresent(d -> repeat(d, false));
                    case DEPLOY_ANYWAY -> () -> action.deploy().ifPresent(d -> repeat(d, true));
                    case CONFIRM -> () -> sender.confirmed(action.path());
                    case DISMISS -> () -> action.deploy().ifPresent(this::dismiss);
                    case START_BRIDGE -> this::start;
                    default -> null;
                };
        if (work == null) {
            return false;
        }
        hotbridge.threads().main().execute(work);
        return true;
    }

    private void repeat(Deploy deploy, boolean force) {
        if (force) {
            dismiss(deploy);
        }
        sender.repeat(deploy.id(), force);
    }

    private void dismiss(Deploy conflict) {
        synchronized (lock) {
            state.dismissConflict(conflict);
        }
        notices.dismiss(Notices.conflictKey(conflict)).ifPresent(host::expire);
        host.bannersChanged();
    }

    /** The user has chosen another target for the project, or other settings. */
    public void settingsChanged() {
        hotbridge.lookForProgram();
        hotbridge
                .threads()
                .main()
                .execute(
                        () -> {
                            expireTarget();
                            refresh();
                        });
    }

    /** What was shown stays with the IDE; nothing is told any more. */
    @Override
    public void close() {
        closed = true;
        hotbridge.forget(this);
    }

    // What follows is called by the core, on its main thread.

    CompletableFuture<Void> sendSaved(Path path, Hotbridge.Content content, boolean wanted) {
        return sender.sendSaved(path, content, wanted);
    }

    void refresh() {
        if (!closed) {
            host.statusChanged();
            host.bannersChanged();
        }
    }

    void show(Balloon balloon) {
        if (!closed) {
            host.show(balloon);
        }
    }

    void showOutside(Path path) {
        show(notices.outside(path.toString(), path.getFileName().toString()));
    }

    void showTrouble(Throwable trouble, boolean asked) {
        notices.trouble(trouble, asked).ifPresent(this::show);
    }

    void connected() {
        notices.connected().ifPresent(host::expire);
        host.historyChanged("", "");
        for (Deploy deploy : underWay()) {
            if (!sender.isOwn(deploy.id())) { // its own answer comes
                catchUp(deploy.id());
            }
        }
    }

    /** What a deploy came to while we were not connected. */
    private void catchUp(String id) {
        client.get(id)
                .whenComplete(
                        (deploy, error) -> {
                            if (error == null) {
                                take(deploy);
                            } else if (Trouble.unwrap(error) instanceof Trouble.Refused) {
                                drop(id);
                            }
                        });
    }

    /** It ended without ever becoming a deploy. */
    void drop(String id) {
        synchronized (lock) {
            state.drop(id);
        }
        refresh();
    }

    void targetsChanged(Targets targets) {
        Set<String> files;
        synchronized (lock) {
            state.forgetTargets(targets.names());
            files = problems.forgetTargets(targets.names());
        }
        if (!files.isEmpty()) {
            host.problemsChanged(files);
        }
        expireTarget();
        expireWhatIsOver();
        host.historyChanged("", "");
        refresh();
    }

    private void expireTarget() {
        if (client.targets().find(target()).isPresent()) {
            notices.hasTarget().ifPresent(host::expire);
        }
    }

    void take(Deploy deploy) {
        if (closed) {
            return;
        }
        if (deploy.isDone()) {
            host.historyChanged(deploy.target(), deploy.module());
        }
        boolean own = sender.isOwn(deploy.id());
        if (!own && !isHere(deploy)) {
            return;
        }
        Optional<Notice> notice;
        Set<String> files;
        boolean news;
        synchronized (lock) {
            news = !state.get(deploy.id()).equals(Optional.of(deploy));
            notice = state.update(deploy);
            files = problems.update(deploy);
        }
        if (own && news) {
            write(deploy);
        }
        if (!files.isEmpty()) {
            host.problemsChanged(files);
        }
        notices.dismiss(Notices.refusedKey(deploy.document())).ifPresent(host::expire);
        notice.filter(each -> own).ifPresent(this::tell);
        expireWhatIsOver();
        refresh();
    }

    private void tell(Notice notice) {
        Deploy deploy = notice.deploy();
        boolean banner =
                notice.kind() == Notice.Kind.CONFLICT
                        && path(deploy.document()).filter(host::isShown).isPresent();
        if (!banner) { // never two for one cause
            notices.of(notice, hotbridge.settings().tells(), sender.canRepeat(deploy.id()))
                    .ifPresent(this::show);
        }
    }

    private void expireWhatIsOver() {
        Set<String> causes;
        Set<String> conflicts;
        synchronized (lock) {
            causes = state.causes();
            conflicts =
                    state.conflicts().stream()
                            .map(Notices::conflictKey)
                            .collect(Collectors.toSet());
        }
        notices.over(causes, conflicts).forEach(host::expire);
    }

    /** Others' deploys are shown where their file is in this project. */
    private boolean isHere(Deploy deploy) {
        return path(deploy.document()).filter(file -> host.holds(file) >= 0).isPresent();
    }

    private static Optional<Path> path(String document) {
        try {
            return document.isEmpty() ? Optional.empty() : Optional.of(Path.of(document));
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
    }

    private void write(Deploy deploy) {
        String what = deploy.module() + " → " + deploy.target() + ": ";
        if (!deploy.isDone()) {
            return;
        }
        StringBuilder words = new StringBuilder(what);
        words.append(Words.outcome(deploy)).append(", ").append(Words.reason(deploy));
        words.append(' ').append(deploy.commit());
        deploy.servers().forEach(each -> words.append("\n  ").append(Words.serverLine(each)));
        deploy.diagnostics()
                .forEach(
                        each ->
                                words.append("\n  line ")
                                        .append(each.line())
                                        .append(": ")
                                        .append(each.message()));
        deploy.warnings().forEach(each -> words.append("\n  ").append(each.message()));
        hotbridge.log().info(words.toString());
    }

    private Void defect(Throwable error) {
        hotbridge.log().defect("a command failed", Trouble.unwrap(error));
        return null;
    }
}
