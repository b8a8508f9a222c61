package io.hotbridge.ide;

import com.intellij.openapi.vfs.VirtualFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Which of the files that an action is about it can work on. */
public final class Modules {
    private Modules() {}

    /**
     * Only all of them or none: with a folder or a picture among the chosen, it is not clear what
     * would be deployed.
     *
     * @param chosen what is chosen in the project view; null: nothing is
     * @param one the file of the editor; null: there is none
     */
    public static List<VirtualFile> among(VirtualFile[] chosen, VirtualFile one) {
        List<VirtualFile> files;
        if (chosen != null && chosen.length > 0) {
            files = List.of(chosen);
        } else if (one != null) {
            files = List.of(one);
        } else {
            files = List.of();
        }
        return files.stream().allMatch(ModuleFiles::isModule) ? files : List.of();
    }

    /** The module at this path, as the platform has it. */
    public static Optional<VirtualFile> at(Optional<Path> path) {
        return path.map(ModuleFiles::find).filter(ModuleFiles::isModule);
    }
}
