package io.hotbridge.ide.status;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.project.Project;
import com.intellij.openapi.ui.popup.JBPopup;
import com.intellij.openapi.ui.popup.JBPopupFactory;
import com.intellij.openapi.wm.CustomStatusBarWidget;
import com.intellij.openapi.wm.StatusBar;
import com.intellij.ui.awt.RelativePoint;
import io.hotbridge.core.ProjectSession;
import io.hotbridge.core.view.StatusLine;
import io.hotbridge.ide.HotbridgeEvents;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Marks;
import io.hotbridge.ide.Targets;
import java.awt.Dimension;
import java.awt.Point;
import java.awt.event.MouseAdapter;
import java.awt.event.MouseEvent;
import java.nio.file.Path;
import java.util.Optional;
import javax.swing.JComponent;

/** The line of the status bar, and the popup behind it. */
final class StatusWidget implements CustomStatusBarWidget {
    /** About what the popup's own title takes, above what is in it. */
    private static final int TITLE_HEIGHT = 32;

    private final Project project;
    private final HotbridgeProject hotbridge;
    private StatusLabel label;
    private JBPopup popup;

    StatusWidget(Project project) {
        this.project = project;
        this.hotbridge = HotbridgeProject.getInstance(project);
    }

    @Override
    public String ID() {
        return StatusWidgetFactory.ID;
    }

    @Override
    public void install(StatusBar statusBar) {
        project.getMessageBus()
                .connect(this)
                .subscribe(
                        HotbridgeEvents.TOPIC,
                        new HotbridgeEvents() {
                            @Override
                            public void statusChanged() {
                                refresh();
                            }
                        });
    }

    @Override
    public WidgetPresentation getPresentation() {
        return null; // the component is all there is
    }

    /** Made here and not before: the platform may make widgets on another thread. */
    @Override
    public JComponent getComponent() {
        if (label == null) {
            label = new StatusLabel(Marks::icon);
            label.addMouseListener(
                    new MouseAdapter() {
                        @Override
                        public void mouseClicked(MouseEvent event) {
                            clicked();
                        }
                    });
            refresh();
        }
        return label;
    }

    @Override
    public void dispose() {
        if (popup != null) {
            popup.cancel();
        }
    }

    private void refresh() {
        if (label != null) {
            label.show(line());
        }
    }

    private StatusLine line() {
        Optional<Path> active = hotbridge.activeFile();
        return hotbridge
                .session()
                .map(session -> session.statusLine(active))
                .orElseGet(() -> StatusLines.untrusted(active));
    }

    private void clicked() {
        Optional<ProjectSession> session = hotbridge.session();
        if (session.isEmpty()) {
            return;
        }
        switch (line().click()) {
            case CHOOSE_TARGET -> Targets.choose(project);
            case ADD_TARGET -> Targets.add(project);
            case POPUP -> showPopup(session.get());
        }
    }

    private void showPopup(ProjectSession session) {
        Optional<Path> active = hotbridge.activeFile();
        StatusPopup content =
                new StatusPopup(
                        session.statusLine(active),
                        session.serverRows(active),
                        StatusEntries.of(project, session, active, this::closePopup),
                        Marks::icon);
        popup =
                JBPopupFactory.getInstance()
                        .createComponentPopupBuilder(content, content)
                        .setTitle(words("status.name"))
                        .setRequestFocus(true)
                        .createPopup();
        Dimension size = content.getPreferredSize();
        popup.show(new RelativePoint(label, new Point(0, -size.height - TITLE_HEIGHT)));
    }

    private void closePopup() {
        if (popup != null) {
            popup.cancel();
            popup = null;
        }
    }
}
