package io.hotbridge.core.bridge;

import io.hotbridge.core.Log;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One thread that owns all state of the core, and others that wait for files, programs and the
 * network. All are daemons, named {@code hotbridge…}, and end with {@link #close}; what comes after
 * that is dropped.
 */
public final class Threads implements AutoCloseable {
    private static final int IDLE_SECONDS = 10;

    private final AtomicInteger count = new AtomicInteger();
    private final ScheduledThreadPoolExecutor main;
    private final ThreadPoolExecutor waiting;
    private final Log log;

    public Threads(Log log) {
        this.log = log;
        ThreadFactory named =
                work -> {
                    Thread thread = new Thread(work, "hotbridge-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                };
        main =
                new ScheduledThreadPoolExecutor(
                        1,
                        work -> {
                            Thread thread = new Thread(work, "hotbridge");
                            thread.setDaemon(true);
                            return thread;
                        },
                        new ThreadPoolExecutor.DiscardPolicy());
        main.setRemoveOnCancelPolicy(true);
        main.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        waiting =
                new ThreadPoolExecutor(
                        0,
                        Integer.MAX_VALUE,
                        IDLE_SECONDS,
                        TimeUnit.SECONDS,
                        new SynchronousQueue<>(),
                        named,
                        new ThreadPoolExecutor.DiscardPolicy());
    }

    /** The thread that owns the state. */
    public Executor main() {
        return work -> main.execute(() -> run(work));
    }

    /** For what blocks. */
    public Executor waiting() {
        return waiting;
    }

    /** Off the main thread; the future's dependents must go back to it by themselves. */
    public <T> CompletableFuture<T> off(Callable<T> work) {
        CompletableFuture<T> done = new CompletableFuture<>();
        waiting.execute(
                () -> {
                    try {
                        done.complete(work.call());
                    } catch (Throwable error) { // whoever waits is told, whatever it is
                        done.completeExceptionally(error);
                    }
                });
        return done;
    }

    /** On the main thread, after so long. */
    public ScheduledFuture<?> later(long milliseconds, Runnable work) {
        return main.schedule(() -> run(work), milliseconds, TimeUnit.MILLISECONDS);
    }

    private void run(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            log.defect("work on the main thread failed", e);
        }
    }

    @Override
    public void close() {
        main.shutdownNow();
        waiting.shutdownNow();
    }
}
