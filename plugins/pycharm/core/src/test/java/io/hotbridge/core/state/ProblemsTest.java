package io.hotbridge.core.state;

import static io.hotbridge.core.state.Samples.deploy;
import static io.hotbridge.core.state.Samples.failed;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProblemsTest {
    private static final String FILE = "/p/crm.py";
    private final Problems problems = new Problems();

    @Test
    void theyGoOnlyWithThatFilesSuccessOnThatTarget() {
        assertEquals(Set.of(FILE), problems.update(failed()));
        String other = "{\"module\": \"b.py\", \"document\": {\"path\": \"/p/b.py\"}}";
        for (String each :
                List.of(
                        other,
                        "{\"target\": \"prod\"}",
                        "{\"outcome\": \"unconfirmed\"}",
                        "{\"outcome\": \"superseded\"}",
                        "{\"outcome\": \"conflict\"}",
                        "{\"outcome\": \"of a newer bridge\"}",
                        "{\"state\": \"delivered\", \"outcome\": null}",
                        "{\"document\": null}")) {
            assertEquals(Set.of(), problems.update(deploy(each)), each);
            assertEquals(1, problems.of(FILE).size(), each);
        }
        assertEquals(Set.of(FILE), problems.update(deploy()));
        assertEquals(List.of(), problems.of(FILE));
    }

    @Test
    void aLateSuccessTakesThemAwayToo() {
        problems.update(failed());
        String late = "{\"outcome\": \"unconfirmed\", \"late\": true, \"live\": true}";
        assertEquals(Set.of(FILE), problems.update(deploy(late)));
        assertEquals(List.of(), problems.of(FILE));
    }

    @Test
    void thoseOfTwoTargetsStandSideBySide() {
        problems.update(failed());
        problems.update(failed("{\"target\": \"prod\"}"));
        problems.update(deploy("{\"target\": \"prod\"}"));
        assertEquals(List.of("dev"), problems.of(FILE).stream().map(Problem::target).toList());
        assertEquals(Set.of(FILE), problems.forgetTargets(Set.of("prod")));
        assertEquals(List.of(), problems.of(FILE));
    }

    @Test
    void newOnesTakeThePlaceOfTheOldAndServersAreInOne() {
        problems.update(failed());
        String one = "{\"path\": \"/p/crm.py\", \"line\": 7, \"column\": 2, \"severity\": \"error\","
                + " \"message\": \"NameError: x\", \"server\": ";
        problems.update(
                failed("{\"diagnostics\": [" + one + "\"server1\"}, " + one + "\"server2\"}]}"));
        assertEquals(
                List.of(
                        new Problem(
                                "dev",
                                "error",
                                "NameError: x",
                                7,
                                2,
                                List.of("server1", "server2"))),
                problems.of(FILE));
        assertEquals("server1, server2: NameError: x", problems.of(FILE).get(0).words());
    }

    @Test
    void aWarningOfASuccessIsShown() {
        String warning =
                "{\"diagnostics\": [{\"path\": \"/p/crm.py\", \"line\": 2, \"severity\":"
                        + " \"warning\", \"message\": \"odd\"}]}";
        assertEquals(Set.of(FILE), problems.update(deploy(warning)));
        assertEquals(true, problems.of(FILE).get(0).isWarning());
        problems.update(deploy());
        assertEquals(List.of(), problems.of(FILE));
    }

    @Test
    void aPathThatIsOnlyTheModulesNameIsNowhereToBeShown() {
        String bare = "{\"diagnostics\": [{\"path\": \"crm.py\", \"message\": \"x\"}]}";
        assertEquals(Set.of(), problems.update(failed(bare, "{\"document\": null}")));
    }

    @ParameterizedTest(name = "line {1} column {2} of {0}")
    @CsvSource(
            quoteCharacter = '"',
            value = {
                // text with | for line ends, line, column, what is marked
                "\"a = 1|  b = x  |c\", 2, 7, \"x\"",
                "\"a = 1|  b = x  |c\", 2, 0, \"b = x\"",
                "\"a = 1|  b = x  |c\", 2, 99, \"x\"",
                "\"a = 1|  b = x  |c\", 9, 0, \"c\"",
                "\"a = 1|  b = x  |c\", 0, 0, \"a = 1\"",
                "\"x = '😀' )\", 1, 9, \")\"",
                "\"x = '😀' )\", 1, 6, \"😀' )\"",
                "\"😀\", 1, 5, \"😀\"",
                "\"a||b\", 2, 1, \"\"",
                "\"\", 3, 4, \"\"",
            })
    void whatIsMarked(String text, int line, int column, String marked) {
        for (String end : List.of("\n", "\r\n", "\r")) {
            String whole = text.replace("|", end);
            Problem problem = new Problem("dev", "error", "m", line, column, List.of());
            TextRange range = TextRange.of(problem, whole);
            assertEquals(marked, whole.substring(range.start(), range.end()));
        }
    }
}
