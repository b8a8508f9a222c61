package io.hotbridge.ide;

import com.intellij.openapi.application.ApplicationManager;
import com.intellij.openapi.components.PersistentStateComponent;
import com.intellij.openapi.components.RoamingType;
import com.intellij.openapi.components.Service;
import com.intellij.openapi.components.State;
import com.intellij.openapi.components.Storage;
import io.hotbridge.core.Settings;

/**
 * What the user has set for the whole IDE. The path of the program is here and not in the project,
 * so that no project can bring a program of its own; nor does it roam to other machines.
 */
@Service(Service.Level.APP)
@State(
        name = "Hotbridge",
        storages = @Storage(value = "hotbridge.xml", roamingType = RoamingType.DISABLED))
public final class HotbridgeSettings implements PersistentStateComponent<HotbridgeSettings.Values> {
    private volatile Settings settings = Settings.USUAL;

    public static HotbridgeSettings getInstance() {
        return ApplicationManager.getApplication().getService(HotbridgeSettings.class);
    }

    public Settings get() {
        return settings;
    }

    public void set(Settings changed) {
        settings = changed;
    }

    @Override
    public Values getState() {
        Values values = new Values();
        values.path = settings.binaryPath();
        values.startBridge = settings.startBridge();
        values.notify = settings.tells().name();
        return values;
    }

    @Override
    public void loadState(Values values) {
        settings = new Settings(values.path, values.startBridge, notify(values.notify));
    }

    /** A word of a newer version counts as the usual one. */
    private static Settings.Notify notify(String name) {
        for (Settings.Notify each : Settings.Notify.values()) {
            if (each.name().equals(name)) {
                return each;
            }
        }
        return Settings.USUAL.tells();
    }

    /** As it is written. */
    public static final class Values {
        public String path = "";
        public boolean startBridge = true;
        public String notify = Settings.Notify.ALL.name();
    }
}
