package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import io.hotbridge.core.Trouble;
import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.HistoryRow;
import io.hotbridge.core.view.Mark;
import io.hotbridge.core.view.ModuleRow;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.swing.Icon;

/**
 * Fills the panel: asks off the thread of the user interface, answers on it. An answer to what is
 * not asked any more is dropped. All but the asking is on the thread of the user interface.
 */
final class HistoryController implements HistoryPanel.Listener {
    private final Supplier<Optional<HistorySource>> source;
    private final Executor onScreen;
    private final Consumer<HistoryRow> opened;
    private final HistoryPanel panel;
    private String target = "";
    private String module = "";
    private boolean all;
    private HistoryPage page;
    /** Counts what was asked for; the newest answer is the one that is shown. */
    private int asked;

    /**
     * @param source empty: the project is not trusted
     * @param opened a row was double-clicked
     */
    HistoryController(
            Supplier<Optional<HistorySource>> source,
            Executor onScreen,
            Function<Mark, Icon> icons,
            Consumer<HistoryRow> opened) {
        this.source = source;
        this.onScreen = onScreen;
        this.opened = opened;
        this.panel = new HistoryPanel(icons, this);
    }

    HistoryPanel panel() {
        return panel;
    }

    boolean isAll() {
        return all;
    }

    /** Also those that never reached the servers, or not. */
    void setAll(boolean shown) {
        all = shown;
        reload();
    }

    /** Empty names: what is shown now, else the first there is. */
    void show(String wantedTarget, String wantedModule) {
        if (!wantedTarget.isEmpty()) {
            target = wantedTarget;
        }
        if (!wantedModule.isEmpty()) {
            module = wantedModule;
        }
        reload();
    }

    void changed(String changedTarget, String changedModule) {
        if (isAny(changedTarget, target) && isAny(changedModule, module)) {
            reload();
        }
    }

    void reload() {
        Optional<HistorySource> from = source.get();
        List<String> targets = from.map(HistorySource::targets).orElse(List.of());
        if (targets.isEmpty()) {
            asked++;
            panel.showTargets(List.of(), null);
            panel.showModules(List.of(), "");
            panel.showNothing(words(from.isEmpty() ? "history.untrusted" : "history.noTarget"));
            return;
        }
        if (!targets.contains(target)) {
            target = targets.get(0);
        }
        panel.showTargets(targets, target);
        answer(from.get().modules(target), modules -> showModules(from.get(), modules));
    }

    @Override
    public void targetChosen(String chosen) {
        target = chosen;
        reload();
    }

    @Override
    public void moduleChosen(ModuleRow chosen) {
        module = chosen.module();
        source.get().ifPresent(this::loadRows);
    }

    @Override
    public void moreWanted() {
        HistoryPage last = page;
        if (last != null && last.hasMore()) {
            source.get().ifPresent(from -> answer(from.more(last), this::showPage));
        }
    }

    @Override
    public void rowOpened(HistoryRow row) {
        opened.accept(row);
    }

    private void showModules(HistorySource from, List<ModuleRow> modules) {
        boolean known = modules.stream().anyMatch(each -> each.module().equals(module));
        if (!known && module.isEmpty() && !modules.isEmpty()) {
            module = modules.get(0).module();
        }
        panel.showModules(modules, module);
        if (module.isEmpty()) {
            panel.showNothing(words("history.nothing", target));
        } else {
            loadRows(from);
        }
    }

    private void loadRows(HistorySource from) {
        answer(from.first(target, module, all), this::showPage);
    }

    private void showPage(HistoryPage newer) {
        page = newer;
        panel.showPage(newer);
    }

    private <T> void answer(CompletableFuture<T> future, Consumer<T> then) {
        int mine = ++asked;
        future.whenCompleteAsync(
                (result, error) -> {
                    if (mine != asked) {
                        return;
                    }
                    if (error == null) {
                        then.accept(result);
                    } else {
                        Throwable cause = Trouble.unwrap(error);
                        String why = cause.getMessage();
                        panel.showNothing(why == null ? cause.toString() : why);
                    }
                },
                onScreen);
    }

    private static boolean isAny(String changed, String shown) {
        return changed.isEmpty() || changed.equals(shown);
    }
}
