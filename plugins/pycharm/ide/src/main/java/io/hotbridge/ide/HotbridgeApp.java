package io.hotbridge.ide;

import com.intellij.openapi.Disposable;
import com.intellij.openapi.application.ApplicationManager;
import com.intellij.openapi.components.Service;
import com.intellij.openapi.diagnostic.Logger;
import com.intellij.util.EnvironmentUtil;
import io.hotbridge.core.Hotbridge;
import io.hotbridge.core.bridge.ClientListener;
import io.hotbridge.core.bridge.ClientState;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.function.Function;

/**
 * The one connection of the IDE and the projects that are open. The connection is made when the
 * first project that is trusted wants it; until then nothing runs. It ends with the plug-in.
 */
@Service(Service.Level.APP)
public final class HotbridgeApp implements Disposable {
    private static final String CLIENT = "pycharm-hotbridge";

    private final Set<HotbridgeProject> projects = new CopyOnWriteArraySet<>();
    private final LogLines log;
    private final Function<LogLines, Hotbridge> maker;
    private Hotbridge bridge;
    private boolean disposed;
    private volatile boolean page;

    /** For the platform. */
    public HotbridgeApp() {
        this(HotbridgeApp::make);
    }

    HotbridgeApp(Function<LogLines, Hotbridge> maker) {
        this.maker = maker;
        this.log = new LogLines(Logger.getInstance(HotbridgeApp.class)::error);
    }

    public static HotbridgeApp getInstance() {
        return ApplicationManager.getApplication().getService(HotbridgeApp.class);
    }

    LogLines log() {
        return log;
    }

    /** Whether the bridge has a page to open, as far as has been asked. */
    boolean hasPage() {
        return page;
    }

    void add(HotbridgeProject project) {
        projects.add(project);
    }

    void remove(HotbridgeProject project) {
        projects.remove(project);
    }

    /** The IDE has saved a module. */
    void saved(Path file) {
        // One that has been trusted since it was opened takes part from its next save on.
        projects.forEach(HotbridgeProject::session);
        made().ifPresent(each -> each.saved(file));
    }

    /** What is set has changed. */
    void settingsChanged() {
        projects.forEach(each -> each.session().ifPresent(session -> session.settingsChanged()));
    }

    /** Empty while no project that is trusted has wanted it. */
    synchronized Optional<Hotbridge> made() {
        return Optional.ofNullable(bridge);
    }

    /** Makes it; empty once the plug-in is going. */
    synchronized Optional<Hotbridge> bridge() {
        if (bridge == null && !disposed) {
            bridge = maker.apply(log);
            askForPage(bridge);
        }
        return Optional.ofNullable(bridge);
    }

    @Override
    public void dispose() {
        Hotbridge last;
        synchronized (this) {
            disposed = true;
            last = bridge;
            bridge = null;
        }
        if (last != null) {
            last.close();
        }
        RecordCaches.forgetOurs();
    }

    private void askForPage(Hotbridge made) {
        made.client()
                .listen(
                        new ClientListener() {
                            @Override
                            public void stateChanged(ClientState state) {
                                if (state == ClientState.READY) {
                                    made.commands().hasPage().thenAccept(has -> page = has);
                                }
                            }
                        });
    }

    private static Hotbridge make(LogLines log) {
        return new Hotbridge(
                CLIENT,
                version(),
                () -> HotbridgeSettings.getInstance().get(),
                EnvironmentUtil.getEnvironmentMap(),
                log);
    }

    static String version() {
        Properties properties = new Properties();
        try (InputStream in = HotbridgeApp.class.getResourceAsStream("version.properties")) {
            properties.load(in);
        } catch (IOException error) {
            throw new IllegalStateException("version.properties cannot be read", error);
        }
        return properties.getProperty("version");
    }
}
