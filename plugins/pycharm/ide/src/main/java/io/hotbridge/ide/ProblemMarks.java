package io.hotbridge.ide;

import com.intellij.openapi.Disposable;
import com.intellij.openapi.editor.Document;
import com.intellij.openapi.editor.RangeMarker;
import com.intellij.openapi.util.TextRange;
import io.hotbridge.core.state.Problem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where problems are in documents that are edited meanwhile. A problem names a line of the file as
 * it was saved; from then on it moves with its text. The marks are kept here and not in the
 * documents, so that nothing of the plug-in stays in them.
 */
final class ProblemMarks implements Disposable {
    private final Map<String, Marks> files = new HashMap<>();

    /** A problem and where it is now. */
    record Placed(Problem problem, TextRange range) {}

    private record Marks(Document document, List<Problem> problems, List<RangeMarker> markers) {
        void drop() {
            markers.forEach(RangeMarker::dispose);
        }
    }

    /** New deploys have spoken of these files: their lines are those of what was saved just now. */
    synchronized void changed(Set<String> paths) {
        paths.forEach(this::forget);
    }

    /** Under a read lock. Problems whose text has been deleted are left out. */
    synchronized List<Placed> place(String path, Document document, List<Problem> problems) {
        Marks marks = files.get(path);
        if (marks == null || marks.document() != document || !marks.problems().equals(problems)) {
            forget(path);
            marks = mark(document, problems);
            if (!problems.isEmpty()) {
                files.put(path, marks);
            }
        }
        List<Placed> placed = new ArrayList<>();
        for (int i = 0; i < problems.size(); i++) {
            RangeMarker marker = marks.markers().get(i);
            if (marker.isValid()) {
                placed.add(new Placed(problems.get(i), rangeOf(marker)));
            }
        }
        return placed;
    }

    @Override
    public synchronized void dispose() {
        files.values().forEach(Marks::drop);
        files.clear();
    }

    private void forget(String path) {
        Marks marks = files.remove(path);
        if (marks != null) {
            marks.drop();
        }
    }

    private static Marks mark(Document document, List<Problem> problems) {
        List<RangeMarker> markers = new ArrayList<>();
        for (Problem problem : problems) {
            var range =
                    io.hotbridge.core.state.TextRange.of(problem, document.getCharsSequence());
            markers.add(document.createRangeMarker(range.start(), range.end()));
        }
        return new Marks(document, List.copyOf(problems), markers);
    }

    private static TextRange rangeOf(RangeMarker marker) {
        return new TextRange(marker.getStartOffset(), marker.getEndOffset());
    }
}
