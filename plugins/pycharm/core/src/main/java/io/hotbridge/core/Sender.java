package io.hotbridge.core;

import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.view.Notices;
import io.hotbridge.core.view.Question;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.DeployRequest;
import io.hotbridge.core.wire.RollbackRequest;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * From a file to the bridge and to what came of it, for one project: sends what was read, asks the
 * user where the bridge says to ask, and says once what could not be sent. On the main thread, but
 * for {@link #canRepeat}.
 */
final class Sender {
    static final CompletableFuture<Void> NOTHING = CompletableFuture.completedFuture(null);

    /** How many deploys of this project can be repeated. */
    private static final int KEPT = 500;

    /** The longest text that the bridge takes beside a source. */
    private static final int TEXT_MAX = 4096;

    /** What was asked for: a file's deploy, or a version's. */
    private record Own(Path file, String target, Deploy version) {}

    private final Hotbridge hotbridge;
    private final ProjectSession session;
    private final BridgeClient client;

    /** By id; the oldest first. */
    private final Map<String, Own> own = new LinkedHashMap<>();

    /** By file: what waits for the user's yes. */
    private final Map<String, DeployRequest> questions = new HashMap<>();

    Sender(Hotbridge hotbridge, ProjectSession session) {
        this.hotbridge = hotbridge;
        this.session = session;
        this.client = hotbridge.client();
    }

    boolean isOwn(String id) {
        synchronized (own) {
            return own.containsKey(id);
        }
    }

    boolean canRepeat(String id) {
        return isOwn(id);
    }

    private void remember(String id, Own what) {
        synchronized (own) {
            own.put(id, what);
            if (own.size() > KEPT) {
                own.remove(own.keySet().iterator().next());
            }
        }
    }

    /**
     * A save.
     *
     * @param wanted silence about it would mislead
     */
    CompletableFuture<Void> sendSaved(Path file, Hotbridge.Content content, boolean wanted) {
        return send(file, "", content, "save", false, wanted);
    }

    /** The command: any Python file, marker or not. */
    CompletableFuture<Void> deploy(Path file, String target, boolean force) {
        String name = String.valueOf(file.getFileName());
        if (!SaveRules.isModule(file)) {
            return refuse(file.toString(), Text.get("balloon.notModule", name));
        }
        if (target.isEmpty() && session.host().holds(file) < 0) {
            return onMain(() -> session.showOutside(file));
        }
        return hotbridge.inOrder(
                file, content -> send(file, target, content, "manual", force, true));
    }

    private CompletableFuture<Void> refuse(String about, String words) {
        return onMain(() -> session.show(session.notices().refused(about, words)));
    }

    private CompletableFuture<Void> onMain(Runnable work) {
        return CompletableFuture.runAsync(work, hotbridge.threads().main());
    }

    private CompletableFuture<Void> send(
            Path file,
            String target,
            Hotbridge.Content content,
            String trigger,
            boolean force,
            boolean speak) {
        String source;
        try {
            source = content.source(client.limits().message());
        } catch (Trouble.Unsendable e) {
            hotbridge.log().warn(e.getMessage());
            return speak
                    ? refuse(file.toString(), Text.get("balloon.sentence", e.getMessage()))
                    : NOTHING;
        }
        DeployRequest request =
                new DeployRequest(
                        UUID.randomUUID().toString(),
                        target.isEmpty() ? session.host().target() : target,
                        file.getFileName().toString(),
                        source,
                        trigger,
                        document(file),
                        session.host().vcs(file),
                        force,
                        false);
        return send(request, new Own(file, target, null), speak);
    }

    /** A path that the bridge would not take is left out: better no line marks than no deploy. */
    private static String document(Path file) {
        String path = file.toString();
        boolean odd = path.chars().anyMatch(c -> c < ' ' || c == 0x7f);
        return odd || path.length() * 3 > TEXT_MAX ? "" : path;
    }

    private CompletableFuture<Void> send(DeployRequest request, Own what, boolean speak) {
        remember(request.id(), what);
        forgetQuestion(request.document()); // of bytes that are older by now
        return client.deploy(request)
                .handleAsync(
                        (deploy, error) -> {
                            if (error == null) {
                                session.take(deploy);
                                return NOTHING;
                            }
                            return notSent(request, what, speak, Trouble.unwrap(error));
                        },
                        hotbridge.threads().main())
                .thenCompose(next -> next);
    }

    private CompletableFuture<Void> notSent(
            DeployRequest request, Own what, boolean speak, Throwable error) {
        session.drop(request.id());
        if (error instanceof Trouble.Refused refused) {
            if (refused.is("needs-confirmation")) {
                return ask(request, what);
            }
            if (refused.is("not-on-save")) {
                return NOTHING; // the usual case of most files
            }
        }
        hotbridge.log().info(request.module() + ": " + error.getMessage());
        if (speak || error instanceof Trouble.TooLate) {
            explain(error, request.document(), request.target(), !request.isSave());
        }
        return NOTHING;
    }

    private CompletableFuture<Void> ask(DeployRequest request, Own what) {
        String target =
                request.target().isEmpty()
                        ? client.targets().defaultTarget()
                        : request.target();
        String name = target.isEmpty() ? Text.get("question.defaultTarget") : target;
        if (request.isSave()) {
            questions.put(request.document(), request);
            session.show(session.notices().confirm(request, name));
            return NOTHING;
        }
        Question question =
                new Question(
                        Text.get("question.confirm.title", name),
                        Text.get("question.confirm", name, request.module()),
                        Text.get("action.confirm", name),
                        Text.get("question.no"));
        return session.host()
                .ask(question)
                .thenComposeAsync(
                        yes -> yes ? send(request.asConfirmed(), what, true) : NOTHING,
                        hotbridge.threads().main());
    }

    /** The user said yes to the save that is asked about. */
    void confirmed(String file) {
        DeployRequest request = forgetQuestion(file);
        if (request != null) {
            follow(send(request.asConfirmed(), new Own(Path.of(file), "", null), true));
        }
    }

    private DeployRequest forgetQuestion(String file) {
        session.notices().dismiss(Notices.confirmKey(file)).ifPresent(session.host()::expire);
        return questions.remove(file);
    }

    void repeat(String id, boolean force) {
        Own what;
        synchronized (own) {
            what = own.get(id);
        }
        if (what != null) {
            follow(
                    what.version() == null
                            ? deploy(what.file(), what.target(), force)
                            : rollback(what.version(), force));
        }
    }

    private void follow(CompletableFuture<Void> work) {
        work.exceptionally(
                error -> {
                    hotbridge.log().defect("a deploy could not be followed", error);
                    return null;
                });
    }

    /** Asked for by the user, who has just said yes to this very target. */
    CompletableFuture<Void> rollback(Deploy version) {
        return rollback(version, false);
    }

    private CompletableFuture<Void> rollback(Deploy version, boolean force) {
        RollbackRequest request =
                new RollbackRequest(
                        UUID.randomUUID().toString(),
                        version.target(),
                        version.module(),
                        version.commit(),
                        force,
                        true);
        remember(request.id(), new Own(null, version.target(), version));
        return client.rollback(request)
                .handleAsync(
                        (deploy, error) -> {
                            if (error == null) {
                                session.take(deploy);
                            } else {
                                session.drop(request.id());
                                explain(
                                        Trouble.unwrap(error),
                                        version.module(),
                                        version.target(),
                                        true);
                            }
                            return null;
                        },
                        hotbridge.threads().main());
    }

    void explainCancel(String id, Throwable error) {
        if (error instanceof Trouble.Refused refused) {
            String words =
                    refused.is("too-late") ? Text.get("balloon.tooLate") : refused.getMessage();
            session.show(session.notices().note(id, words));
        } else {
            explain(error, id, "", true);
        }
    }

    /**
     * Says why something that the user wanted did not happen.
     *
     * @param asked by a command, which is answered in any case
     */
    void explain(Throwable error, String about, String target, boolean asked) {
        if (error instanceof Trouble.Replaced || error instanceof Trouble.Lost) {
            return; // the next save says more, or nobody is there to be told
        }
        if (error instanceof Trouble.Refused refused && refused.is("unknown-target")) {
            boolean any = !client.targets().all().isEmpty();
            session.show(session.notices().noTarget(target, any, refused.getMessage()));
            return;
        }
        boolean connection =
                error instanceof Trouble.Connect
                        || error instanceof Trouble.Missing
                        || error instanceof Trouble.Insecure
                        || error instanceof Trouble.Command;
        if (connection) {
            session.showTrouble(error, asked);
            return;
        }
        session.show(session.notices().refused(about, String.valueOf(error.getMessage())));
    }
}
