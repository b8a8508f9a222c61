package io.hotbridge.core;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Assertions;

/** What the tests share. */
public final class Tests {
    private static final long DEADLINE_S = 60;

    private Tests() {}

    /** The top of the source tree. */
    public static Path root() {
        return Path.of(System.getProperty("hotbridge.root", "../../..")).toAbsolutePath().normalize();
    }

    /** The program under test. */
    public static Path program() {
        String named = System.getenv("HOTBRIDGE");
        Path program =
                named == null || named.isEmpty()
                        ? root().resolve("build/hotbridge")
                        : Path.of(named);
        if (!Files.isExecutable(program)) {
            throw new IllegalStateException("there is no program at " + program + ": run make");
        }
        return program;
    }

    public static Path folder() {
        try {
            return Files.createTempDirectory("hotbridge-pycharm-").toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static void remove(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        Files.walkFileTree(
                folder,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes a)
                            throws IOException {
                        Files.deleteIfExists(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path one, IOException e)
                            throws IOException {
                        Files.deleteIfExists(one);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /** Waits for it, as long as it takes within reason. */
    public static void until(String what, Callable<Boolean> condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
        try {
            while (!condition.call()) {
                if (System.nanoTime() > deadline) {
                    Assertions.fail("waited " + DEADLINE_S + " s for: " + what);
                }
                Thread.sleep(10);
            }
        } catch (Exception e) {
            throw new AssertionError("while waiting for " + what, e);
        }
    }

    public static <T> T get(CompletableFuture<T> future) {
        try {
            return future.get(DEADLINE_S, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError("it failed", e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("waited " + DEADLINE_S + " s for an answer", e);
        }
    }

    /** What it fails with, which is of this kind. */
    public static <T extends Throwable> T failure(Class<T> kind, CompletableFuture<?> future) {
        try {
            Object value = future.get(DEADLINE_S, TimeUnit.SECONDS);
            return Assertions.fail("it did not fail: " + value);
        } catch (ExecutionException e) {
            return Assertions.assertInstanceOf(kind, Trouble.unwrap(e));
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("waited " + DEADLINE_S + " s for a failure", e);
        }
    }
}
