package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.lang.annotation.AnnotationBuilder;
import com.intellij.lang.annotation.AnnotationHolder;
import com.intellij.openapi.util.TextRange;
import io.hotbridge.core.state.Problem;
import io.hotbridge.ide.ProblemMarks.Placed;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What of a problem is handed to the editor. */
class AnnotatorTest {
    private static final TextRange RANGE = new TextRange(3, 9);

    private final List<Builder> made = new ArrayList<>();
    private final AnnotationHolder holder =
            (severity, message) -> {
                Builder builder = new Builder(message);
                made.add(builder);
                return builder;
            };

    @Test
    void aProblemIsMarkedInItsRangeWithItsServers() {
        apply(new Problem("dev", "error", "NameError: x", 3, 1, List.of("server1", "server2")));
        Builder builder = made.get(0);
        assertEquals("hotbridge dev: server1, server2: NameError: x", builder.message);
        assertEquals(RANGE, builder.range);
        assertFalse(builder.wholeFile);
        assertTrue(builder.created);
    }

    @Test
    void oneWithoutALineIsAboutTheFile() {
        apply(new Problem("dev", "warning", "holds no services", 0, 0, List.of()));
        assertTrue(made.get(0).wholeFile);
        assertEquals(null, made.get(0).range);
    }

    @Test
    void itsWordsAreTextAndNotHtml() {
        apply(new Problem("dev", "error", "unexpected '<b>'\nat {0}", 1, 1, List.of()));
        assertEquals("hotbridge dev: unexpected '<b>'\nat {0}", made.get(0).message);
        assertEquals(
                "<html>hotbridge dev: unexpected &#39;&lt;b&gt;&#39;<br>at {0}</html>",
                made.get(0).tooltip);
    }

    private void apply(Problem problem) {
        new ProblemAnnotator().apply(null, List.of(new Placed(problem, RANGE)), holder);
    }

    private static final class Builder implements AnnotationBuilder {
        private final String message;
        private TextRange range;
        private String tooltip;
        private boolean wholeFile;
        private boolean created;

        Builder(String message) {
            this.message = message;
        }

        @Override
        public AnnotationBuilder range(TextRange where) {
            range = where;
            return this;
        }

        @Override
        public AnnotationBuilder tooltip(String html) {
            tooltip = html;
            return this;
        }

        @Override
        public AnnotationBuilder fileLevel() {
            wholeFile = true;
            return this;
        }

        @Override
        public void create() {
            created = true;
        }
    }
}
