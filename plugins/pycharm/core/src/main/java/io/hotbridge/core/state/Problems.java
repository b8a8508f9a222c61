package io.hotbridge.core.state;

import io.hotbridge.core.wire.Deploy;
import io.hotbridge.core.wire.Diagnostic;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Problems by file and target. Those of a file on a target go only when that file is deployed
 * there; deploys of other files leave them alone. Pure; not for several threads at once.
 */
public final class Problems {
    private record Key(int line, int column, String severity, String message) {}

    /** file -> target -> problems */
    private final Map<String, Map<String, List<Problem>>> files = new HashMap<>();

    /** Takes in a finished deploy; the files whose problems have changed. */
    public Set<String> update(Deploy deploy) {
        if (!deploy.isDone()) {
            return Set.of();
        }
        Set<String> changed = new LinkedHashSet<>();
        boolean succeeded = deploy.isLive();
        String own = deploy.document();
        if (succeeded && files.containsKey(own) && remove(own, deploy.target())) {
            changed.add(own);
        }
        byFile(deploy.diagnostics())
                .forEach(
                        (file, diagnostics) -> {
                            boolean errors =
                                    diagnostics.stream()
                                            .allMatch(each -> each.severity().equals("error"));
                            if (succeeded && errors) {
                                return; // said before it succeeded
                            }
                            files.computeIfAbsent(file, name -> new TreeMap<>())
                                    .put(deploy.target(), merge(deploy.target(), diagnostics));
                            changed.add(file);
                        });
        return changed;
    }

    public List<Problem> of(String file) {
        return files.getOrDefault(file, Map.of()).values().stream().flatMap(List::stream).toList();
    }

    /** A target that is not there any more can have no next success. */
    public Set<String> forgetTargets(Set<String> known) {
        Set<String> changed = new LinkedHashSet<>();
        files.forEach(
                (file, targets) -> {
                    if (targets.keySet().removeIf(target -> !known.contains(target))) {
                        changed.add(file);
                    }
                });
        files.values().removeIf(Map::isEmpty);
        return changed;
    }

    private boolean remove(String file, String target) {
        Map<String, List<Problem>> targets = files.get(file);
        boolean there = targets.remove(target) != null;
        if (targets.isEmpty()) {
            files.remove(file);
        }
        return there;
    }

    /** Without a path of the editor's, the module's name is all there is, and is nowhere. */
    private static Map<String, List<Diagnostic>> byFile(List<Diagnostic> diagnostics) {
        Map<String, List<Diagnostic>> files = new LinkedHashMap<>();
        for (Diagnostic each : diagnostics) {
            if (each.path().startsWith("/") || each.path().matches("^[A-Za-z]:[\\\\/].*")) {
                files.computeIfAbsent(each.path(), name -> new ArrayList<>()).add(each);
            }
        }
        return files;
    }

    /** What several servers say in the same words is said once. */
    private static List<Problem> merge(String target, List<Diagnostic> diagnostics) {
        Map<Key, Set<String>> servers = new LinkedHashMap<>();
        for (Diagnostic each : diagnostics) {
            Key key = new Key(each.line(), each.column(), each.severity(), each.message());
            Set<String> names = servers.computeIfAbsent(key, one -> new LinkedHashSet<>());
            if (!each.server().isEmpty()) {
                names.add(each.server());
            }
        }
        List<Problem> problems = new ArrayList<>();
        servers.forEach(
                (key, names) ->
                        problems.add(
                                new Problem(
                                        target,
                                        key.severity(),
                                        key.message(),
                                        key.line(),
                                        key.column(),
                                        List.copyOf(names))));
        return problems;
    }
}
