package io.hotbridge.ide.history;

import io.hotbridge.core.view.HistoryModel;
import io.hotbridge.core.view.HistoryPage;
import io.hotbridge.core.view.ModuleRow;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The core's model. */
record ModelSource(HistoryModel model) implements HistorySource {
    @Override
    public List<String> targets() {
        return model.targets();
    }

    @Override
    public CompletableFuture<List<ModuleRow>> modules(String target) {
        return model.modules(target);
    }

    @Override
    public CompletableFuture<HistoryPage> first(String target, String module, boolean all) {
        return model.first(target, module, all);
    }

    @Override
    public CompletableFuture<HistoryPage> more(HistoryPage page) {
        return model.more(page);
    }
}
