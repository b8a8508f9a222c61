package io.hotbridge.ide.settings;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.fileChooser.FileChooser;
import com.intellij.openapi.fileChooser.FileChooserDescriptor;
import com.intellij.openapi.options.Configurable;
import com.intellij.openapi.options.ConfigurationException;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.vfs.VirtualFile;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.HotbridgeSettings;
import io.hotbridge.ide.ProjectTarget;
import io.hotbridge.ide.Targets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import javax.swing.JComponent;

/** Settings, Tools, Hotbridge: of the IDE, and the target of this project. */
public final class SettingsPage implements Configurable {
    private final Project project;
    private SettingsPanel panel;

    public SettingsPage(Project project) {
        this.project = project;
    }

    @Override
    public String getDisplayName() {
        return words("settings.name");
    }

    @Override
    public JComponent createComponent() {
        panel = new SettingsPanel(this::browse);
        return panel;
    }

    @Override
    public boolean isModified() {
        return panel != null
                && (!panel.settings().equals(HotbridgeSettings.getInstance().get())
                        || !panel.target().equals(ProjectTarget.getInstance(project).get()));
    }

    @Override
    public void apply() throws ConfigurationException {
        String path = panel.settings().binaryPath();
        if (!path.isEmpty() && !isProgram(path)) {
            throw new ConfigurationException(words("settings.path.wrong", path));
        }
        HotbridgeSettings.getInstance().set(panel.settings());
        Targets.set(project, panel.target());
        HotbridgeProject.getInstance(project).settingsChanged();
    }

    @Override
    public void reset() {
        List<String> known =
                HotbridgeProject.getInstance(project)
                        .session()
                        .map(session -> session.history().targets())
                        .orElse(List.of());
        panel.show(
                HotbridgeSettings.getInstance().get(),
                ProjectTarget.getInstance(project).get(),
                known);
    }

    @Override
    public void disposeUIResources() {
        panel = null;
    }

    static boolean isProgram(String path) {
        try {
            Path file = Path.of(path);
            return file.isAbsolute() && Files.isRegularFile(file) && Files.isExecutable(file);
        } catch (InvalidPathException none) {
            return false;
        }
    }

    private void browse() {
        FileChooserDescriptor files =
                new FileChooserDescriptor(true, false, false, false, false, false)
                        .withTitle(words("settings.path.choose"));
        VirtualFile chosen = FileChooser.chooseFile(files, project, null);
        if (chosen != null && panel != null) {
            panel.setPath(chosen.getPath());
        }
    }
}
