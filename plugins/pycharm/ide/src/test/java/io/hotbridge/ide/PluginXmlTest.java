package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.openapi.actionSystem.ActionUpdateThread;
import com.intellij.openapi.actionSystem.AnAction;
import com.intellij.openapi.project.DumbAware;
import com.intellij.openapi.project.Project;
import io.hotbridge.core.view.Mark;
import io.hotbridge.ide.history.HistoryToolWindow;
import io.hotbridge.ide.status.StatusWidgetFactory;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What plugin.xml, the bundle, the icons and the classes say of each other. */
class PluginXmlTest {
    private static final Path SOURCES = Path.of("src/main/java");
    private static final Path RESOURCES = Path.of("src/main/resources");
    /** Keys that the platform asks for by their form. */
    private static final Pattern BY_FORM =
            Pattern.compile("(?:action|group)\\.Hotbridge\\.\\w+\\.(?:text|description)");

    private final Document xml = parse();

    @Test
    void everyClassIsThereAndCanBeMade() throws Exception {
        List<String> names = new ArrayList<>();
        for (String attribute :
                List.of("class", "implementation", "implementationClass", "factoryClass",
                        "instance")) {
            elements("*").stream()
                    .map(each -> each.getAttribute(attribute))
                    .filter(each -> !each.isEmpty())
                    .forEach(names::add);
        }
        assertTrue(names.size() >= 15, names.toString());
        for (String name : names) {
            Class<?> type = Class.forName(name);
            assertTrue(Modifier.isPublic(type.getModifiers()), name);
            assertTrue(
                    Stream.of(type.getConstructors()).anyMatch(PluginXmlTest::isForThePlatform),
                    name + " has no constructor that the platform can use");
        }
    }

    @Test
    void everyActionIsDumbAwareAndUpdatesInTheBackground() throws Exception {
        for (Element action : elements("action")) {
            Class<?> type = Class.forName(action.getAttribute("class"));
            AnAction made = (AnAction) type.getConstructor().newInstance();
            assertTrue(made instanceof DumbAware, type.getName());
            assertEquals(
                    ActionUpdateThread.BGT,
                    made.getActionUpdateThread(),
                    type.getName());
        }
    }

    @Test
    void everyActionAndMenuHasItsText() throws IOException {
        Properties bundle = bundle();
        List<String> keys = new ArrayList<>();
        elements("action").forEach(each -> keys.add("action." + each.getAttribute("id")));
        elements("group").stream()
                .filter(each -> each.getAttribute("popup").equals("true"))
                .forEach(each -> keys.add("group." + each.getAttribute("id")));
        assertTrue(keys.size() >= 10);
        for (String key : keys) {
            assertFalse(bundle.getProperty(key + ".text", "").isBlank(), key + ".text");
            assertFalse(
                    bundle.getProperty(key + ".description", "").isBlank(), key + ".description");
        }
        Set<String> byForm = new TreeSet<>(bundle.stringPropertyNames());
        byForm.removeIf(key -> !BY_FORM.matcher(key).matches());
        assertEquals(keys.size() * 2, byForm.size(), "texts of actions that are not there");
    }

    @Test
    void everyReferenceIsToAnActionThatIsThere() {
        Set<String> ids = new TreeSet<>();
        elements("action").forEach(each -> ids.add(each.getAttribute("id")));
        List<Element> references = elements("reference");
        assertEquals(3, references.size());
        references.forEach(each -> assertTrue(ids.contains(each.getAttribute("ref"))));
    }

    @Test
    void everyKeyThatIsAskedForIsThereAndEveryOneThatIsThereIsAskedFor() throws IOException {
        Set<String> asked = new TreeSet<>();
        Pattern call = Pattern.compile("words\\(\\s*\"([^\"]+)\"");
        Pattern choice = Pattern.compile("\\? \"([\\w.]+)\" : \"([\\w.]+)\"");
        Pattern button = Pattern.compile("new (?:Always|ForRow)\\(\\s*\"([^\"]+)\"");
        for (String source : sources()) {
            call.matcher(source).results().forEach(each -> asked.add(each.group(1)));
            button.matcher(source).results().forEach(each -> asked.add(each.group(1)));
            Matcher either = choice.matcher(source);
            while (either.find()) {
                asked.add(either.group(1));
                asked.add(either.group(2));
            }
        }
        elements("*").stream()
                .map(each -> each.getAttribute("key"))
                .filter(each -> !each.isEmpty())
                .forEach(asked::add);
        Set<String> there = new TreeSet<>(bundle().stringPropertyNames());
        there.removeIf(key -> BY_FORM.matcher(key).matches());
        assertEquals(asked, there);
    }

    /** MessageFormat takes a single apostrophe for a quote, and drops what is in it. */
    @Test
    void noTextWithValuesHasASingleApostrophe() throws IOException {
        Properties bundle = bundle();
        for (String key : bundle.stringPropertyNames()) {
            String text = bundle.getProperty(key);
            if (text.contains("{0}")) {
                assertFalse(text.replace("''", "").contains("'"), key);
            }
        }
    }

    @Test
    void everyIconIsThereForLightAndForDark() throws IOException {
        Set<String> icons = new TreeSet<>();
        Stream.of(Mark.values()).map(Marks::path).forEach(icons::add);
        elements("*").stream()
                .map(each -> each.getAttribute("icon"))
                .filter(each -> !each.isEmpty())
                .forEach(icons::add);
        icons.add("/icons/toolwindow@20x20.svg"); // of the newer look, found by its name
        icons.add("/META-INF/pluginIcon.svg");
        for (String icon : icons) {
            assertNotNull(getClass().getResource(icon), icon);
            String dark = icon.replace(".svg", "_dark.svg");
            assertNotNull(getClass().getResource(dark), dark);
        }
        try (Stream<Path> files = Files.list(RESOURCES.resolve("icons"))) {
            assertEquals(2L * (icons.size() - 1), files.count(), "icons that nobody shows");
        }
    }

    @Test
    void theNamesInItAreThoseInTheClasses() {
        assertEquals(HistoryToolWindow.ID, one("toolWindow").getAttribute("id"));
        assertEquals(StatusWidgetFactory.ID, one("statusBarWidgetFactory").getAttribute("id"));
        assertEquals(Balloons.GROUP, one("notificationGroup").getAttribute("id"));
        assertEquals(HotbridgeBundle.NAME, one("resource-bundle").getTextContent());
    }

    /** ExternalLanguageAnnotators of older platforms does not look for those of any language. */
    @Test
    void problemsAreMarkedInWhateverLanguageAModuleIsTakenFor() {
        assertEquals(
                List.of("Python", "textmate", "TEXT"),
                elements("externalAnnotator").stream()
                        .map(each -> each.getAttribute("language"))
                        .toList());
    }

    @Test
    void itIsForEveryIdeFrom223On() {
        Element versions = one("idea-version");
        assertEquals("223", versions.getAttribute("since-build"));
        assertFalse(versions.hasAttribute("until-build"));
        elements("depends")
                .forEach(
                        each ->
                                assertTrue(
                                        each.getTextContent().startsWith("com.intellij.modules."),
                                        "it needs another plug-in: " + each.getTextContent()));
    }

    @Test
    void itCanBeLoadedAndUnloadedWithoutARestart() {
        assertFalse(xml.getDocumentElement().hasAttribute("require-restart"));
        for (String old : List.of("application-components", "project-components",
                "module-components")) {
            assertEquals(List.of(), elements(old), old + " need a restart");
        }
    }

    @Test
    void itTellsItsVersion() {
        assertEquals(one("version").getTextContent(), HotbridgeApp.version());
        assertTrue(HotbridgeApp.version().matches("\\d+\\.\\d+\\.\\d+"), HotbridgeApp.version());
    }

    private static boolean isForThePlatform(Constructor<?> constructor) {
        Class<?>[] parameters = constructor.getParameterTypes();
        return parameters.length == 0
                || parameters.length == 1 && parameters[0] == Project.class;
    }

    private Element one(String name) {
        List<Element> found = elements(name);
        assertEquals(1, found.size(), name);
        return found.get(0);
    }

    private List<Element> elements(String name) {
        NodeList nodes = xml.getElementsByTagName(name);
        List<Element> found = new ArrayList<>();
        for (int i = 0; i < nodes.getLength(); i++) {
            found.add((Element) nodes.item(i));
        }
        return found;
    }

    private static Document parse() {
        try (InputStream in = PluginXmlTest.class.getResourceAsStream("/META-INF/plugin.xml")) {
            return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static Properties bundle() throws IOException {
        Properties bundle = new Properties();
        String name = "/" + HotbridgeBundle.NAME.replace('.', '/') + ".properties";
        try (InputStream in = PluginXmlTest.class.getResourceAsStream(name)) {
            bundle.load(in);
        }
        return bundle;
    }

    private static List<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<String> texts = new ArrayList<>();
            for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
                texts.add(Files.readString(file));
            }
            return texts;
        }
    }
}
