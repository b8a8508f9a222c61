package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.openapi.command.CommandProcessor;
import com.intellij.openapi.editor.Document;
import com.intellij.openapi.editor.impl.DocumentImpl;
import io.hotbridge.core.state.Problem;
import io.hotbridge.ide.ProblemMarks.Placed;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Where problems are while their text is edited, on the platform's own documents. */
class ProblemMarksTest {
    private static final String PATH = "/project/crm.py";
    private static final String TEXT = "import os\n\nvalue = missing\nother = 1\n";
    private static final Problem PROBLEM =
            new Problem("dev", "error", "NameError", 3, 0, List.of("server1"));

    private final Platform platform = new Platform();
    private final ProblemMarks marks = new ProblemMarks();
    private final Document document = new DocumentImpl(TEXT);

    @AfterEach
    void close() {
        marks.dispose();
        platform.close();
    }

    @Test
    void aProblemIsAtItsLine() {
        assertEquals(List.of("value = missing"), texts(List.of(PROBLEM)));
    }

    @Test
    void itMovesWithItsText() {
        texts(List.of(PROBLEM));
        edit(() -> document.insertString(0, "# one\n# two\n"));
        assertEquals(List.of("value = missing"), texts(List.of(PROBLEM)));
    }

    @Test
    void afterTheNextDeployItsLineIsThatOfTheFileAsItIsNow() {
        texts(List.of(PROBLEM));
        edit(() -> document.insertString(0, "# one\n"));
        marks.changed(Set.of(PATH));
        assertEquals(List.of(""), texts(List.of(PROBLEM)));
    }

    @Test
    void aDeployOfAnotherFileLeavesItAlone() {
        texts(List.of(PROBLEM));
        edit(() -> document.insertString(0, "# one\n"));
        marks.changed(Set.of("/project/other.py"));
        assertEquals(List.of("value = missing"), texts(List.of(PROBLEM)));
    }

    @Test
    void whatWasDeletedIsNotMarked() {
        texts(List.of(PROBLEM));
        edit(() -> document.deleteString(0, TEXT.length()));
        assertEquals(List.of(), texts(List.of(PROBLEM)));
    }

    @Test
    void aLineThatIsNotThereIsTheLastOne() {
        Problem beyond = new Problem("dev", "error", "x", 400, 9, List.of());
        assertEquals(1, marks.place(PATH, document, List.of(beyond)).size());
        assertTrue(marks.place(PATH, document, List.of(beyond)).get(0).range().getEndOffset()
                <= document.getTextLength());
    }

    @Test
    void nothingOfItStaysInTheDocument() {
        texts(List.of(PROBLEM));
        assertTrue(hasMarkers());
        marks.dispose();
        assertFalse(hasMarkers());
    }

    @Test
    void whenTheLastProblemGoesSoDoTheMarks() {
        texts(List.of(PROBLEM));
        texts(List.of());
        assertFalse(hasMarkers());
    }

    private static void edit(Runnable change) {
        CommandProcessor.getInstance().runUndoTransparentAction(change);
    }

    private boolean hasMarkers() {
        boolean[] any = {false};
        ((DocumentImpl) document)
                .processRangeMarkers(
                        marker -> {
                            any[0] = true;
                            return true;
                        });
        return any[0];
    }

    private List<String> texts(List<Problem> problems) {
        return marks.place(PATH, document, problems).stream()
                .map(Placed::range)
                .map(document::getText)
                .toList();
    }
}
