package io.hotbridge.core;

import io.hotbridge.core.view.Action;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A project of an IDE that remembers what it was told. */
final class TestHost implements ProjectHost {
    final Path root;
    final Map<String, Balloon> balloons = Collections.synchronizedMap(new LinkedHashMap<>());
    final List<Balloon> everShown = new CopyOnWriteArrayList<>();
    final List<Question> questions = new CopyOnWriteArrayList<>();
    final List<String> history = new CopyOnWriteArrayList<>();
    volatile String target = "";
    volatile boolean active = true;
    volatile boolean shown;
    volatile boolean yes = true;
    volatile boolean broken;

    TestHost(Path root) {
        this.root = root;
    }

    List<String> texts() {
        return List.copyOf(balloons.values()).stream().map(Balloon::text).toList();
    }

    /** The action of this kind in a balloon that is shown. */
    Action action(Action.Kind kind) {
        return List.copyOf(balloons.values()).stream()
                .map(Balloon::actions)
                .flatMap(Collection::stream)
                .filter(action -> action.kind() == kind)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + kind + " in " + texts()));
    }

    @Override
    public int holds(Path file) {
        return file.startsWith(root) ? root.getNameCount() : -1;
    }

    @Override
    public String target() {
        return target;
    }

    @Override
    public boolean isActive() {
        return active;
    }

    @Override
    public boolean isShown(Path file) {
        return shown;
    }

    @Override
    public void statusChanged() {
        if (broken) {
            throw new IllegalStateException("a defect of the IDE's");
        }
    }

    @Override
    public void problemsChanged(Set<String> files) {}

    @Override
    public void bannersChanged() {}

    @Override
    public void historyChanged(String of, String module) {
        history.add(of + "/" + module);
    }

    @Override
    public void show(Balloon balloon) {
        balloons.put(balloon.key(), balloon);
        everShown.add(balloon);
    }

    @Override
    public void expire(String key) {
        balloons.remove(key);
    }

    @Override
    public CompletableFuture<Boolean> ask(Question question) {
        questions.add(question);
        return CompletableFuture.completedFuture(yes);
    }
}
