package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertNotSame;

import com.intellij.mock.MockApplication;
import com.intellij.openapi.editor.impl.DocumentImpl;
import com.intellij.util.ref.GCUtil;
import io.hotbridge.core.RealBridge;
import io.hotbridge.core.Tests;
import java.io.File;
import java.lang.ref.WeakReference;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * The plug-in as an IDE loads and unloads it: in a class loader of its own, which can be collected
 * when all of it has been disposed of, so that no restart is needed.
 */
class UnloadTest {
    @Test
    void afterAllThatItDidNothingHoldsItsClasses() throws Exception {
        Path folder = Tests.folder();
        try (Platform platform = new Platform();
                RealBridge bridge = new RealBridge()) {
            bridge.target("dev");
            WeakReference<ClassLoader> loader =
                    run(platform.application(), folder, bridge.environment);
            Tests.until("the classes to be collected", () -> isGone(loader));
        } finally {
            Tests.remove(folder);
        }
    }

    /** In a frame of its own, so that no local variable keeps it. */
    private static WeakReference<ClassLoader> run(
            MockApplication application, Path folder, Map<String, String> environment)
            throws Exception {
        PluginLoader loader = new PluginLoader();
        Class<?> type = loader.loadClass(UnloadScenario.class.getName());
        assertNotSame(UnloadScenario.class, type);
        @SuppressWarnings("unchecked")
        Consumer<Map<String, Object>> scenario =
                (Consumer<Map<String, Object>>) type.getConstructor().newInstance();
        scenario.accept(
                Map.of(
                        "application", application,
                        "folder", folder,
                        "environment", environment,
                        "program", Tests.program().toString(),
                        "document", new DocumentImpl("value = missing\n")));
        loader.close();
        return new WeakReference<>(loader);
    }

    /** Soft references go as well, as they do when an IDE unloads a plug-in. */
    private static boolean isGone(WeakReference<ClassLoader> loader) {
        System.gc();
        if (loader.get() != null) {
            GCUtil.tryGcSoftlyReachableObjects(() -> loader.get() == null);
        }
        return loader.get() == null;
    }

    /** Our own classes afresh; the platform's and the JDK's from above, as in an IDE. */
    private static final class PluginLoader extends URLClassLoader {
        PluginLoader() throws MalformedURLException {
            super(classPath(), UnloadTest.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("io.hotbridge.") && !name.startsWith("com.google.gson.")) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> known = findLoadedClass(name);
                return known == null ? findClass(name) : known;
            }
        }

        private static URL[] classPath() throws MalformedURLException {
            List<URL> urls = new ArrayList<>();
            for (String each :
                    System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(each).toUri().toURL());
            }
            return urls.toArray(URL[]::new);
        }
    }
}
