package io.hotbridge.ide;

import com.intellij.openapi.Disposable;
import io.hotbridge.core.view.Balloon;
import io.hotbridge.core.view.Question;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** What a project has on the screen. May be called from any thread, if nothing else is said. */
interface ProjectWindow extends Disposable {
    boolean isTrusted();

    /** Whether it had the keyboard last, of all projects. */
    boolean isActive();

    /** The files in front, that of the active editor first. The thread of the user interface. */
    List<Path> filesInFront();

    /** Does it on the thread of the user interface, unless the project is gone by then. */
    void later(Runnable work);

    void updateBanners();

    /** Marks the problems of these files afresh. */
    void annotate(Set<String> files);

    void show(Balloon balloon);

    void expire(String key);

    CompletableFuture<Boolean> ask(Question question);
}
