package io.hotbridge.ide;

import com.intellij.lang.annotation.AnnotationBuilder;
import com.intellij.lang.annotation.AnnotationHolder;
import com.intellij.lang.annotation.ExternalAnnotator;
import com.intellij.lang.annotation.HighlightSeverity;
import com.intellij.openapi.editor.Editor;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.vfs.VirtualFile;
import com.intellij.psi.PsiFile;
import io.hotbridge.core.state.Problem;
import io.hotbridge.ide.ProblemMarks.Placed;
import java.util.List;

/**
 * Marks what the servers said at its line, in files of whatever language the IDE takes them for. It
 * asks nobody: the problems are there already.
 */
public final class ProblemAnnotator extends ExternalAnnotator<List<Placed>, List<Placed>>
        implements DumbAware {
    @Override
    public List<Placed> collectInformation(PsiFile file) {
        return null;
    }

    /** With errors too: a syntax error is what the servers most often speak of. */
    @Override
    public List<Placed> collectInformation(PsiFile file, Editor editor, boolean hasErrors) {
        VirtualFile module = file.getVirtualFile();
        if (!ModuleFiles.isModule(module)) {
            return null;
        }
        HotbridgeProject project = HotbridgeProject.getInstance(file.getProject());
        String path = ModuleFiles.pathOf(module).toString();
        List<Problem> problems =
                project.session().map(session -> session.problems(path)).orElse(List.of());
        // An empty list, not null: it takes away what was marked before.
        return project.marks().place(path, editor.getDocument(), problems);
    }

    @Override
    public List<Placed> doAnnotate(List<Placed> problems) {
        return problems;
    }

    @Override
    public void apply(PsiFile file, List<Placed> problems, AnnotationHolder holder) {
        for (Placed each : problems) {
            Problem problem = each.problem();
            AnnotationBuilder builder =
                    holder.newAnnotation(
                                    problem.isWarning()
                                            ? HighlightSeverity.WARNING
                                            : HighlightSeverity.ERROR,
                                    title(problem))
                            .tooltip(Html.lines(title(problem)));
            (problem.line() == 0 ? builder.fileLevel() : builder.range(each.range())).create();
        }
    }

    private static String title(Problem problem) {
        return HotbridgeBundle.words("problem.title", problem.target(), problem.words());
    }
}
