package io.hotbridge.core.view;

import io.hotbridge.core.Text;
import io.hotbridge.core.bridge.BridgeClient;
import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Live;
import io.hotbridge.core.wire.Page;
import io.hotbridge.core.wire.Source;
import io.hotbridge.core.wire.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The history for a tool window: targets, their modules, each module's deploys, newest first. Asks
 * the bridge, which is started where it must be; the futures end on the core's main thread and fail
 * with a {@link io.hotbridge.core.Trouble}.
 */
public final class HistoryModel {
    private static final int PAGE = 25;

    /** Deploys of a target that are read to learn the names of its modules. */
    private static final int NAMES = 500;

    private final BridgeClient client;

    public HistoryModel(BridgeClient client) {
        this.client = client;
    }

    /** The names of the targets, as they are known. */
    public List<String> targets() {
        return client.targets().all().stream().map(Target::name).toList();
    }

    /** The last deployed first; behind them those that only live there. */
    public CompletableFuture<List<ModuleRow>> modules(String target) {
        return client.history(target, "", NAMES, "", false)
                .thenCombine(client.live(target, ""), (page, live) -> modules(target, page, live));
    }

    private static List<ModuleRow> modules(String target, Page page, List<Live> live) {
        Map<String, ModuleRow> rows = new LinkedHashMap<>();
        for (Deploy deploy : page.deploys()) {
            String detail = joined(Words.outcome(deploy), Words.clock(deploy.time()));
            rows.putIfAbsent(
                    deploy.module(),
                    new ModuleRow(Words.mark(deploy), target, deploy.module(), detail));
        }
        for (Live each : live) {
            rows.putIfAbsent(
                    each.module(), new ModuleRow(Mark.IDLE, target, each.module(), ""));
        }
        return List.copyOf(rows.values());
    }

    /**
     * The newest deploys of a module.
     *
     * @param all also those that never reached the servers
     */
    public CompletableFuture<HistoryPage> first(String target, String module, boolean all) {
        return client.history(target, module, PAGE, "", all)
                .thenApply(page -> new HistoryPage(target, module, all, rows(page), page.next()));
    }

    /** The rows of the page and those after them. */
    public CompletableFuture<HistoryPage> more(HistoryPage so) {
        if (!so.hasMore()) {
            return CompletableFuture.completedFuture(so);
        }
        return client.history(so.target(), so.module(), PAGE, so.next(), so.all())
                .thenApply(
                        page -> {
                            List<HistoryRow> rows = new ArrayList<>(so.rows());
                            rows.addAll(rows(page));
                            return new HistoryPage(
                                    so.target(), so.module(), so.all(), rows, page.next());
                        });
    }

    private static List<HistoryRow> rows(Page page) {
        return page.deploys().stream().map(HistoryModel::row).toList();
    }

    static HistoryRow row(Deploy deploy) {
        String time = Words.clock(deploy.time());
        String tooltip =
                Stream.concat(
                                Stream.of(Words.reason(deploy)),
                                deploy.servers().stream().map(Words::serverLine))
                        .collect(Collectors.joining("\n"));
        return new HistoryRow(
                Words.mark(deploy),
                time.isEmpty() ? Text.get("words.unknownTime") : time,
                Words.outcome(deploy),
                Words.tally(deploy),
                Words.shortCommit(deploy.commit()),
                deploy.trigger(),
                tooltip,
                deploy);
    }

    /** The bytes of a version. */
    public CompletableFuture<Source> source(Deploy version) {
        return client.source(version.target(), version.module(), version.commit());
    }

    /** What somebody else had put on the target, of a deploy that ended as a conflict. */
    public CompletableFuture<Source> found(Deploy conflict) {
        return client.source(conflict.target(), conflict.module(), conflict.found());
    }

    /** A title such as {@code crm.py (a1b2c3d on dev)}. */
    public String title(Deploy version) {
        return Text.get(
                "words.on",
                version.module(),
                Words.shortCommit(version.commit()),
                version.target());
    }

    /** A title for what {@link #found} gives. */
    public String foundTitle(Deploy conflict) {
        return Text.get("words.bySomebody", conflict.module(), conflict.target());
    }

    private static String joined(String... parts) {
        return Stream.of(parts).filter(part -> !part.isEmpty()).collect(Collectors.joining(" "));
    }
}
