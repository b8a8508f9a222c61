package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.openapi.components.PersistentStateComponent;
import com.intellij.openapi.components.RoamingType;
import com.intellij.openapi.components.State;
import com.intellij.openapi.components.StoragePathMacros;
import com.intellij.util.xmlb.XmlSerializer;
import io.hotbridge.core.Settings;
import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jdom.Element;
import org.junit.jupiter.api.Test;

/** What is kept, and what is not. */
class SettingsTest {
    @Test
    void whatIsSetComesBack() {
        HotbridgeSettings before = new HotbridgeSettings();
        Settings set = new Settings("/opt/hotbridge", false, Settings.Notify.FAILURES);
        before.set(set);
        HotbridgeSettings after = new HotbridgeSettings();
        after.loadState(before.getState());
        assertEquals(set, after.get());
    }

    @Test
    void oddStatesAreTheUsualOnes() {
        HotbridgeSettings settings = new HotbridgeSettings();
        HotbridgeSettings.Values values = new HotbridgeSettings.Values();
        values.path = null;
        values.notify = "SOMETIMES";
        settings.loadState(values);
        assertEquals(Settings.USUAL, settings.get());
        ProjectTarget target = new ProjectTarget();
        ProjectTarget.Values none = new ProjectTarget.Values();
        none.target = null;
        target.loadState(none);
        assertEquals("", target.get());
    }

    /** By the platform's own serializer, as it is written to disk. */
    @Test
    void itIsWrittenAndReadAgain() {
        HotbridgeSettings settings = new HotbridgeSettings();
        settings.set(new Settings("/opt/hotbridge", false, Settings.Notify.NONE));
        Element written = XmlSerializer.serialize(settings.getState());
        HotbridgeSettings read = new HotbridgeSettings();
        read.loadState(XmlSerializer.deserialize(written, HotbridgeSettings.Values.class));
        assertEquals(settings.get(), read.get());
        ProjectTarget target = new ProjectTarget();
        target.set(" prod ");
        Element xml = XmlSerializer.serialize(target.getState());
        ProjectTarget same = new ProjectTarget();
        same.loadState(XmlSerializer.deserialize(xml, ProjectTarget.Values.class));
        assertEquals("prod", same.get());
    }

    /** Every state there is, and every field of it: a secret would be one more. */
    @Test
    void noSecretIsKept() throws Exception {
        Set<String> fields = new TreeSet<>();
        for (Class<?> type : states()) {
            for (Field field : Class.forName(type.getName() + "$Values").getFields()) {
                fields.add(type.getSimpleName() + "." + field.getName());
            }
        }
        assertEquals(
                Set.of(
                        "HotbridgeSettings.notify",
                        "HotbridgeSettings.path",
                        "HotbridgeSettings.startBridge",
                        "ProjectTarget.target"),
                fields);
    }

    @Test
    void noProjectBringsAProgramOrATargetAlong() {
        State app = HotbridgeSettings.class.getAnnotation(State.class);
        assertEquals(RoamingType.DISABLED, app.storages()[0].roamingType());
        State project = ProjectTarget.class.getAnnotation(State.class);
        assertEquals(StoragePathMacros.WORKSPACE_FILE, project.storages()[0].value());
    }

    private static Set<Class<?>> states() throws IOException, ClassNotFoundException {
        Path top = Path.of("target/classes");
        Set<Class<?>> found = new HashSet<>();
        try (Stream<Path> files = Files.walk(top)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class")).toList()) {
                String name = top.relativize(file).toString().replace('/', '.');
                Class<?> type = Class.forName(name.substring(0, name.length() - ".class".length()));
                if (PersistentStateComponent.class.isAssignableFrom(type)) {
                    found.add(type);
                }
            }
        }
        assertTrue(found.size() >= 2);
        return found;
    }
}
