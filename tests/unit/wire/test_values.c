#include "base/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/limits.h"
#include "wire/writer.h"

#include "golden.h"

#include <locale.h>
#include <math.h>
#include <sys/wait.h>
#include <unistd.h>

static char *seconds(double value)
{
    struct hb_writer writer = {0};
    hb_writer_seconds(&writer, value);
    return hb_writer_take(&writer);
}

static void assert_seconds(double value, const char *expected)
{
    char *text = seconds(value);
    assert_string_equal(text, expected);
    free(text);
}

static void seconds_have_six_decimals_at_most(void **state)
{
    (void)state;
    assert_seconds(0, "0");
    assert_seconds(30, "30");
    assert_seconds(0.41, "0.41");
    assert_seconds(0.1 + 0.2, "0.3");
    assert_seconds(1.0000004, "1");
    assert_seconds(1.9999996, "2");
    assert_seconds(86400.000001, "86400.000001");
    assert_seconds(-0.25, "-0.25");
    assert_seconds(-0.0, "0");
    assert_seconds(NAN, "0");
    assert_seconds(INFINITY, "1000000000000");
    assert_seconds(-1e300, "-1000000000000");
}

/* A locale whose decimal sign is a comma: an installed one, or one that was
 * compiled for the test. */
static bool set_comma_locale(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "pl_PL.UTF-8",
                                        "fr_FR.UTF-8", "de_DE", "comma"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (setlocale(LC_ALL, names[i]) != NULL &&
            strcmp(localeconv()->decimal_point, ",") == 0) {
            return true;
        }
    }
    return false;
}

/* False where the command could not do it. */
static bool run(const char *command, const char *path)
{
    char *line = hb_format("%s '%s' >/dev/null 2>&1", command, path);
    bool good = system(line) == 0;
    free(line);
    return good;
}

#define COMMA_GOOD 0
#define COMMA_BAD 1
#define COMMA_ABSENT 2

static int check_with_comma(const char *folder)
{
    if (!set_comma_locale() &&
        (setenv("LOCPATH", folder, 1) != 0 || !set_comma_locale())) {
        return COMMA_ABSENT;
    }
    char *text = seconds(0.5);
    struct hb_target *target =
        hb_decode_target("{\"name\":\"dev\",\"confirmTimeout\":90.5}", NULL);
    bool good = strcmp(text, "0.5") == 0 && target != NULL &&
                target->confirm_timeout == 90.5;
    free(text);
    hb_target_free(target);
    return good ? COMMA_GOOD : COMMA_BAD;
}

/* In a process of its own, since a locale is a thing of the process and the C
 * library keeps what it has read of one. */
static void a_decimal_comma_changes_nothing(void **state)
{
    (void)state;
    char folder[] = "/tmp/hotbridge-locale-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char *comma = hb_path_join(folder, "comma");
    run("localedef -i de_DE -f UTF-8", comma);
    pid_t child = fork();
    if (child == 0) {
        _exit(check_with_comma(folder));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(run("rm -rf", folder));
    free(comma);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == COMMA_ABSENT) {
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), COMMA_GOOD);
}

static void assert_bytes(const char *bytes, size_t len, const char *expected,
                         bool exact)
{
    struct hb_writer writer = {0};
    assert_int_equal(hb_writer_bytes(&writer, bytes, len), exact);
    char *text = hb_writer_take(&writer);
    assert_string_equal(text, expected);
    free(text);
}

#define R "\xEF\xBF\xBD"

static void what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    assert_bytes("", 0, "\"\"", true);
    assert_bytes("a\"\\/\b\f\n\r\t\x01\x1f\x7f", 12,
                 "\"a\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"", true);
    assert_bytes("\xC5\xBC\xF0\x9F\x8C\x8D", 6, "\"\xC5\xBC\xF0\x9F\x8C\x8D\"",
                 true);
    assert_bytes("a\0b", 3, "\"a" R "b\"", false);
    assert_bytes("\x80", 1, "\"" R "\"", false);
    assert_bytes("\xFF\xFE", 2, "\"" R R "\"", false);
    assert_bytes("\xC5", 1, "\"" R "\"", false);
    assert_bytes("\xC5x", 2, "\"" R "x\"", false);
    assert_bytes("\xE2\x82", 2, "\"" R R "\"", false);
    assert_bytes("\xED\xA0\x80", 3, "\"" R R R "\"", false);
    assert_bytes("\xF0\x9F\x8C", 3, "\"" R R R "\"", false);
}

static void an_empty_deploy_can_be_written(void **state)
{
    (void)state;
    struct hb_deploy *deploy = hb_deploy_new();
    hb_deploy_add_server(deploy, NULL);
    hb_deploy_add_diagnostic(deploy);
    char *text = hb_encode_deploy(deploy);
    assert_string_equal(
        text, "{\"target\":\"\",\"module\":\"\",\"trigger\":\"save\",\"state\":"
              "\"accepted\",\"servers\":[{\"name\":\"\",\"state\":\"waiting\","
              "\"services\":[]}],\"diagnostics\":[{\"path\":\"\",\"severity\":"
              "\"error\",\"message\":\"\"}],\"warnings\":[],\"timings\":{}}");
    free(text);
    hb_deploy_free(deploy);
}

static void unknown_words_never_look_better(void **state)
{
    (void)state;
    struct hb_deploy *deploy = hb_decode_deploy(
        "{\"id\":\"?\",\"target\":\"dev\",\"module\":\"a.py\",\"trigger\":"
        "\"moon\",\"state\":\"thinking\",\"outcome\":\"splendid\",\"commit\":"
        "\"../../x\",\"servers\":[{\"name\":\"s\",\"state\":\"happy\",\"seconds"
        "\":\"1\"},7],\"diagnostics\":[{\"severity\":\"hint\",\"line\":-1,"
        "\"column\":99999999999}],\"later\":{}}",
        NULL);
    assert_non_null(deploy);
    assert_string_equal(deploy->id, "");
    assert_string_equal(deploy->commit, "");
    assert_int_equal(deploy->state, HB_STATE_QUEUED);
    assert_int_equal(deploy->outcome, HB_OUTCOME_UNCONFIRMED);
    assert_int_equal(deploy->server_count, 1);
    assert_int_equal(deploy->servers[0].state, HB_SERVER_SILENT);
    assert_true(deploy->servers[0].seconds < 0);
    assert_int_equal(deploy->diagnostics[0].severity, HB_SEVERITY_WARNING);
    assert_int_equal(deploy->diagnostics[0].line, 0);
    assert_int_equal(deploy->diagnostics[0].column, 0);
    hb_deploy_free(deploy);
    struct hb_target *target = hb_decode_target(
        "{\"name\":\"dev\",\"guard\":\"ask-twice\",\"onSave\":\"perhaps\"}",
        NULL);
    assert_int_equal(target->guard, HB_GUARD_CONFIRM);
    assert_int_equal(target->on_save, HB_SAVE_NEVER);
    hb_target_free(target);
}

static void strange_answers_are_an_error(void **state)
{
    (void)state;
    static const char *const values[] = {"",
                                         "null",
                                         "[]",
                                         "\"x\"",
                                         "{}",
                                         "{\"target\":1,\"module\":\"a.py\"}",
                                         "{\"target\":\"dev\"} x"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        struct hb_error err = {0};
        assert_null(hb_decode_deploy(values[i], &err));
        assert_int_equal(err.code, HB_EBRIDGE);
        hb_error_clear(&err);
        assert_null(hb_decode_target(values[i], &err));
        assert_int_equal(err.code, HB_EBRIDGE);
    }
    static const char *const replies[] = {
        "{}",
        "[]",
        "7",
        "{\"jsonrpc\":\"2.0\"}",
        "{\"jsonrpc\":\"2.0\",\"id\":1}",
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":1,\"error\":{}}",
        "{\"jsonrpc\":\"2.0\",\"result\":1}"};
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct hb_reply reply;
        struct hb_error err = {0};
        assert_false(
            hb_reply_parse(replies[i], strlen(replies[i]), &reply, &err));
        assert_int_equal(err.code, HB_EBRIDGE);
        hb_reply_release(&reply);
    }
}

static void every_reason_reads_back_as_its_code(void **state)
{
    (void)state;
    for (int i = HB_EUSAGE; i <= HB_EINTERNAL; i++) {
        enum hb_code code = (enum hb_code)i;
        enum hb_code back =
            hb_reason_code(hb_reason_rpc_code(code), hb_reason_word(code));
        enum hb_code expected = code == HB_EUSAGE    ? HB_EPARAMS
                                : code == HB_EBRIDGE ? HB_EINTERNAL
                                                     : code;
        assert_int_equal(back, expected);
    }
    assert_int_equal(hb_reason_code(-32000, "later"), HB_EBRIDGE);
    assert_int_equal(hb_reason_code(-32000, NULL), HB_EBRIDGE);
    assert_int_equal(hb_reason_code(-1, "busy"), HB_EBRIDGE);
}

static void a_bridge_file_is_whole_or_refused(void **state)
{
    (void)state;
    struct hb_bridge_info info = {.pid = 7,
                                  .protocol = HB_PROTOCOL,
                                  .port = 65535,
                                  .token = "74",
                                  .proof = "70",
                                  .version = "0.1.0"};
    char *text = hb_encode_bridge_info(&info);
    struct hb_bridge_info again;
    struct hb_error err = {0};
    assert_true(hb_decode_bridge_info(text, strlen(text), &again, &err));
    assert_int_equal(again.port, 65535);
    assert_string_equal(again.url, "ws://127.0.0.1:65535/");
    hb_bridge_info_release(&again);
    for (size_t len = 0; len < strlen(text); len++) {
        hb_error_clear(&err);
        assert_false(hb_decode_bridge_info(text, len, &again, &err));
        assert_int_equal(err.code, HB_EBRIDGE);
    }
    free(text);
    static const char *const lacking[] = {
        "{}",
        "{\"pid\":0,\"url\":\"ws://127.0.0.1:1/\",\"token\":\"a\","
        "\"proof\":\"b\"}",
        "{\"pid\":1,\"url\":\"ws://127.0.0.1:70000/\",\"token\":\"a\","
        "\"proof\":\"b\"}",
        "{\"pid\":1,\"url\":\"http://127.0.0.1:1/\",\"token\":\"a\","
        "\"proof\":\"b\"}",
        "{\"pid\":1,\"url\":\"ws://127.0.0.1:1/\",\"token\":\"a\"}"};
    for (size_t i = 0; i < sizeof lacking / sizeof lacking[0]; i++) {
        assert_false(hb_decode_bridge_info(lacking[i], strlen(lacking[i]),
                                           &again, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_have_six_decimals_at_most),
        cmocka_unit_test(a_decimal_comma_changes_nothing),
        cmocka_unit_test(what_is_not_utf8_is_replaced),
        cmocka_unit_test(an_empty_deploy_can_be_written),
        cmocka_unit_test(unknown_words_never_look_better),
        cmocka_unit_test(strange_answers_are_an_error),
        cmocka_unit_test(every_reason_reads_back_as_its_code),
        cmocka_unit_test(a_bridge_file_is_whole_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
