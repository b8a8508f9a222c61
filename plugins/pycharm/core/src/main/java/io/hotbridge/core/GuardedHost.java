package io.hotbridge.core;

import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import io.hotbridge.core.wire.Vcs;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A project whose failures are logged and go no further: one project must not stop the others. */
record GuardedHost(ProjectHost host, Log log) implements ProjectHost {
    private <T> T guard(Supplier<T> work, T otherwise) {
        try {
            T value = work.get();
            return value == null ? otherwise : value;
        } catch (RuntimeException e) {
            log.defect("a project could not be asked or told", e);
            return otherwise;
        }
    }

    private void guard(Runnable work) {
        guard(
                () -> {
                    work.run();
                    return null;
                },
                null);
    }

    @Override
    public int holds(Path file) {
        return guard(() -> host.holds(file), -1);
    }

    @Override
    public String target() {
        return guard(host::target, "").strip();
    }

    @Override
    public boolean isActive() {
        return guard(host::isActive, false);
    }

    @Override
    public boolean isShown(Path file) {
        return guard(() -> host.isShown(file), false);
    }

    @Override
    public Vcs vcs(Path file) {
        return guard(() -> host.vcs(file), Vcs.NONE);
    }

    @Override
    public void statusChanged() {
        guard(host::statusChanged);
    }

    @Override
    public void problemsChanged(Set<String> files) {
        guard(() -> host.problemsChanged(files));
    }

    @Override
    public void bannersChanged() {
        guard(host::bannersChanged);
    }

    @Override
    public void historyChanged(String target, String module) {
        guard(() -> host.historyChanged(target, module));
    }

    @Override
    public void show(Balloon balloon) {
        guard(() -> host.show(balloon));
    }

    @Override
    public void expire(String key) {
        guard(() -> host.expire(key));
    }

    @Override
    public CompletableFuture<Boolean> ask(Question question) {
        return guard(() -> host.ask(question), CompletableFuture.completedFuture(false));
    }
}
