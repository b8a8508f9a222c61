package io.hotbridge.ide;

import com.intellij.openapi.util.IconLoader;
import io.hotbridge.core.view.Mark;
import java.util.Locale;
import javax.swing.Icon;

/** The icon of each mark. The platform takes the dark one by its name. */
public final class Marks {
    private Marks() {}

    public static Icon icon(Mark mark) {
        return IconLoader.getIcon(path(mark), Marks.class);
    }

    static String path(Mark mark) {
        return "/icons/mark-" + mark.name().toLowerCase(Locale.ROOT) + ".svg";
    }
}
