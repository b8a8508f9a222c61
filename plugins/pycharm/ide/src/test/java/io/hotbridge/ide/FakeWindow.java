package io.hotbridge.ide;

import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** A window that nobody sees; it remembers what it was told. */
final class FakeWindow implements ProjectWindow {
    volatile boolean trusted = true;
    volatile boolean answer = true;
    volatile List<Path> inFront = List.of();
    final AtomicInteger looks = new AtomicInteger();
    final AtomicInteger bannerUpdates = new AtomicInteger();
    final Set<String> annotated = new ConcurrentSkipListSet<>();
    final List<Balloon> told = new CopyOnWriteArrayList<>();
    final Map<String, Balloon> shown = new ConcurrentHashMap<>();
    final List<Question> asked = new CopyOnWriteArrayList<>();

    @Override
    public boolean isTrusted() {
        return trusted;
    }

    @Override
    public boolean isActive() {
        return true;
    }

    @Override
    public List<Path> filesInFront() {
        looks.incrementAndGet();
        return inFront;
    }

    @Override
    public void later(Runnable work) {
        work.run();
    }

    @Override
    public void updateBanners() {
        bannerUpdates.incrementAndGet();
    }

    @Override
    public void annotate(Set<String> files) {
        annotated.addAll(files);
    }

    @Override
    public void show(Balloon balloon) {
        told.add(balloon);
        shown.put(balloon.key(), balloon);
    }

    @Override
    public void expire(String key) {
        shown.remove(key);
    }

    @Override
    public CompletableFuture<Boolean> ask(Question question) {
        asked.add(question);
        return CompletableFuture.completedFuture(answer);
    }

    @Override
    public void dispose() {}
}
