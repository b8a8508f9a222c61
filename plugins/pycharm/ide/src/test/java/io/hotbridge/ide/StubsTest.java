package io.hotbridge.ide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.intellij.openapi.actionSystem.AnAction;
import java.net.URI;
import java.net.URL;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A stub stands only for what the real core has not: else the real one would go untested. */
class StubsTest {
    @Test
    void noStubHidesAClassOfTheRealCore() throws Exception {
        List<String> stubs = stubs();
        assertTrue(stubs.size() > 50, "found only " + stubs.size());
        for (String stub : stubs) {
            List<URL> places = Collections.list(getClass().getClassLoader().getResources(stub));
            assertEquals(1, places.size(), stub + " is in " + places);
        }
    }

    private static List<String> stubs() throws Exception {
        URI place = AnAction.class.getProtectionDomain().getCodeSource().getLocation().toURI();
        if (Files.isDirectory(Path.of(place))) {
            return classes(Path.of(place));
        }
        try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + place), Map.of())) {
            return classes(jar.getPath("/"));
        }
    }

    private static List<String> classes(Path top) throws Exception {
        try (Stream<Path> files = Files.walk(top)) {
            return files.map(each -> top.relativize(each).toString())
                    .filter(each -> each.endsWith(".class"))
                    .toList();
        }
    }
}
