package io.hotbridge.ide.history;

import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.ModuleRow;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Where the tool window's rows come from: the core's model, or a test's. */
interface HistorySource {
    List<String> targets();

    CompletableFuture<List<ModuleRow>> modules(String target);

    CompletableFuture<HistoryPage> first(String target, String module, boolean all);

    CompletableFuture<HistoryPage> more(HistoryPage page);
}
