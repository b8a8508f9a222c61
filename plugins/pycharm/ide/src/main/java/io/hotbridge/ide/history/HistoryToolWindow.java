package io.hotbridge.ide.history;

import static io.hotbridge.ide.HotbridgeBundle.words;

import com.intellij.openapi.Disposable;
import com.intellij.openapi.actionSystem.ActionManager;
import com.intellij.openapi.actionSystem.ActionToolbar;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import com.intellij.openapi.util.Disposer;
import com.intellij.openapi.wm.ToolWindow;
import com.intellij.openapi.wm.ToolWindowFactory;
import com.intellij.openapi.wm.ToolWindowManager;
import com.intellij.ui.content.Content;
import com.intellij.ui.content.ContentFactory;
import com.intellij.ui.content.ContentManager;
import io.hotbridge.ide.HotbridgeEvents;
import io.hotbridge.ide.HotbridgeProject;
import io.hotbridge.ide.Marks;
import java.awt.BorderLayout;
import java.awt.event.MouseAdapter;
import java.awt.event.MouseEvent;
import javax.swing.JComponent;
import javax.swing.JPanel;
import javax.swing.JTable;

/** The tool window: the history of a module, and the log. */
public final class HistoryToolWindow implements ToolWindowFactory, DumbAware {
    /** As in plugin.xml. */
    public static final String ID = "Hotbridge";

    private static final String PLACE = "HotbridgeHistory";

    @Override
    public void createToolWindowContent(Project project, ToolWindow toolWindow) {
        addHistory(project, toolWindow);
        addLog(project, toolWindow);
    }

    public static void showHistory(Project project) {
        show(project, words("toolwindow.history"));
    }

    public static void showLog(Project project) {
        show(project, words("toolwindow.log"));
    }

    private static void show(Project project, String tab) {
        ToolWindow window = ToolWindowManager.getInstance(project).getToolWindow(ID);
        if (window != null) {
            window.activate(() -> select(window.getContentManager(), tab));
        }
    }

    private static void select(ContentManager contents, String tab) {
        Content content = contents.findContent(tab);
        if (content != null) {
            contents.setSelectedContent(content);
        }
    }

    private static void addHistory(Project project, ToolWindow toolWindow) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        HistoryController controller =
                new HistoryController(
                        () -> hotbridge.session().map(session -> new ModelSource(session.history())),
                        hotbridge::later,
                        Marks::icon,
                        row -> {
                            if (row.hasVersion()) {
                                Versions.diffFile(project, row.deploy());
                            }
                        });
        HistoryActions actions = new HistoryActions(project, controller);
        ActionToolbar toolbar =
                ActionManager.getInstance().createActionToolbar(PLACE, actions.toolbar(), false);
        toolbar.setTargetComponent(controller.panel());
        installMenu(controller.panel().table(), actions);
        JPanel whole = new JPanel(new BorderLayout());
        whole.add(toolbar.getComponent(), BorderLayout.WEST);
        whole.add(controller.panel(), BorderLayout.CENTER);
        Disposable end = add(toolWindow, whole, words("toolwindow.history"));
        project.getMessageBus()
                .connect(end)
                .subscribe(HotbridgeEvents.TOPIC, new Follower(hotbridge, controller));
        controller.show(hotbridge.wanted().target(), hotbridge.wanted().module());
    }

    private static void addLog(Project project, ToolWindow toolWindow) {
        HotbridgeProject hotbridge = HotbridgeProject.getInstance(project);
        LogPanel panel = new LogPanel(hotbridge.log(), hotbridge::later);
        Disposable end = add(toolWindow, panel, words("toolwindow.log"));
        Disposer.register(end, panel::close);
    }

    /** Gives what ends with the tab. */
    private static Disposable add(ToolWindow toolWindow, JComponent component, String title) {
        Content content = ContentFactory.getInstance().createContent(component, title, false);
        Disposable end = Disposer.newDisposable(ID);
        content.setDisposer(end);
        toolWindow.getContentManager().addContent(content);
        return end;
    }

    private static void installMenu(JTable table, HistoryActions actions) {
        table.addMouseListener(
                new MouseAdapter() {
                    @Override
                    public void mousePressed(MouseEvent event) {
                        show(event);
                    }

                    @Override
                    public void mouseReleased(MouseEvent event) {
                        show(event);
                    }

                    private void show(MouseEvent event) {
                        int row = table.rowAtPoint(event.getPoint());
                        if (event.isPopupTrigger() && row >= 0) {
                            table.setRowSelectionInterval(row, row);
                            ActionManager.getInstance()
                                    .createActionPopupMenu(PLACE, actions.menu())
                                    .getComponent()
                                    .show(table, event.getX(), event.getY());
                        }
                    }
                });
    }

    private record Follower(HotbridgeProject hotbridge, HistoryController controller)
            implements HotbridgeEvents {
        @Override
        public void historyChanged(String target, String module) {
            controller.changed(target, module);
        }

        @Override
        public void historyWanted() {
            controller.show(hotbridge.wanted().target(), hotbridge.wanted().module());
        }
    }
}
