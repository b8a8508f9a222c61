#include "cli/picture.h"

#include "base/buffer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define ATTEMPT "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
#define COMMIT "b2c3d4e5f60718293a4b5c6d7e8f900112233445"

static const struct hb_picture plain = {.folder = "/home/ann/project"};

static struct hb_deploy *recorded(void)
{
    struct hb_deploy *deploy = hb_deploy_new();
    deploy->target = hb_strdup("dev");
    deploy->module = hb_strdup("crm.py");
    deploy->document = hb_strdup("/home/ann/project/crm.py");
    deploy->state = HB_STATE_RECORDED;
    memcpy(deploy->attempt, ATTEMPT, sizeof deploy->attempt);
    hb_deploy_add_server(deploy, "server1");
    hb_deploy_add_server(deploy, "server2");
    return deploy;
}

static void confirm(struct hb_deploy *deploy, size_t i, double seconds)
{
    struct hb_deploy_server *server = &deploy->servers[i];
    server->state = HB_SERVER_CONFIRMED;
    server->seconds = seconds;
    hb_strings_add(&server->services, "crm.channel.customer.get");
    hb_strings_add(&server->services, "crm.channel.customer.update");
}

static void finish(struct hb_deploy *deploy, enum hb_outcome outcome,
                   const char *message)
{
    deploy->state = HB_STATE_DONE;
    deploy->outcome = outcome;
    hb_replace(&deploy->message, message);
    memcpy(deploy->commit, COMMIT, sizeof deploy->commit);
}

static void expect(const struct hb_picture *picture,
                   const struct hb_deploy *before,
                   const struct hb_deploy *after, const char *wanted)
{
    char *lines = hb_picture_lines(picture, before, after);
    assert_string_equal(lines, wanted);
    free(lines);
}

static void a_deploy_is_told_step_by_step(void **state)
{
    (void)state;
    const struct hb_picture picture = {0};
    struct hb_deploy *deploy = recorded();
    expect(&picture, NULL, deploy, "crm.py → dev\n  recorded   a1b2c3d\n");

    struct hb_deploy *before = hb_deploy_copy(deploy);
    deploy->state = HB_STATE_QUEUED;
    expect(&picture, before, deploy, "");
    deploy->state = HB_STATE_DELIVERED;
    deploy->delivered = 0.003;
    deploy->servers[0].delivered = true;
    expect(&picture, before, deploy, "  delivered  server1            3 ms\n");
    hb_deploy_free(before);

    before = hb_deploy_copy(deploy);
    confirm(deploy, 0, 0.412);
    expect(&picture, before, deploy,
           "  server1    deployed         412 ms   "
           "crm.channel.customer.get, crm.channel.customer.update\n");
    hb_deploy_free(before);

    before = hb_deploy_copy(deploy);
    confirm(deploy, 1, 0.53);
    finish(deploy, HB_OUTCOME_DEPLOYED, "deployed on 2 of 2 servers");
    expect(&picture, before, deploy,
           "  server2    deployed         530 ms   "
           "crm.channel.customer.get, crm.channel.customer.update\n"
           "deployed on 2 of 2 servers\n"
           "  commit     b2c3d4e\n");
    expect(&picture, deploy, deploy, "");
    hb_deploy_free(before);
    hb_deploy_free(deploy);
}

static void all_at_once_is_the_same_picture(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    deploy->delivered = 0.003;
    confirm(deploy, 0, 1.2);
    deploy->servers[1].state = HB_SERVER_STOPPED;
    hb_replace(&deploy->servers[1].message, "it is stopped");
    hb_deploy_add_warning(deploy, "nudged", "server1 was touched once more");
    finish(deploy, HB_OUTCOME_UNCONFIRMED,
           "delivered, but confirmed by 1 of 2 servers; server2 is stopped");
    expect(&plain, NULL, deploy,
           "crm.py → dev\n"
           "  recorded   a1b2c3d\n"
           "  warning    server1 was touched once more\n"
           "  delivered  dev                3 ms\n"
           "  server1    deployed         1.20 s   "
           "crm.channel.customer.get, crm.channel.customer.update\n"
           "  server2    stopped   it is stopped\n"
           "unconfirmed: delivered, but confirmed by 1 of 2 servers; server2 "
           "is stopped\n"
           "  commit     b2c3d4e\n");
    hb_deploy_free(deploy);
}

static struct hb_diagnostic *diagnose(struct hb_deploy *deploy, int line,
                                      int column, const char *server,
                                      const char *message)
{
    struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(deploy);
    diagnostic->path = hb_strdup(deploy->document);
    diagnostic->line = line;
    diagnostic->column = column;
    diagnostic->message = hb_strdup(message);
    diagnostic->server = hb_strdup(server);
    return diagnostic;
}

static void a_failed_server_is_told_with_its_line(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    deploy->delivered = 0.003;
    deploy->servers[0].state = HB_SERVER_FAILED;
    deploy->servers[0].seconds = 0.004;
    hb_replace(&deploy->servers[0].message, "No module named 'requestz'");
    diagnose(deploy, 3, 0, "server1",
             "ModuleNotFoundError: No module named 'requestz'");
    deploy->servers[1].state = HB_SERVER_FAILED;
    deploy->servers[1].seconds = 0.01;
    hb_replace(&deploy->servers[1].message, "it could not load the module");
    finish(deploy, HB_OUTCOME_FAILED, "failed on server1, server2: No module");
    expect(&plain, NULL, deploy,
           "crm.py → dev\n"
           "  recorded   a1b2c3d\n"
           "  delivered  dev                3 ms\n"
           "  server1    failed             4 ms\n"
           "    crm.py:3: ModuleNotFoundError: No module named 'requestz'\n"
           "  server2    failed            10 ms   "
           "it could not load the module\n"
           "failed on server1, server2: No module\n"
           "  commit     b2c3d4e\n");
    hb_deploy_free(deploy);
}

static void a_rejected_one_was_not_delivered(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    deploy->attempt[0] = '\0';
    diagnose(deploy, 6, 27, NULL, "SyntaxError: expected ':'");
    diagnose(deploy, 0, 0, NULL, "and\nmore")->severity = HB_SEVERITY_WARNING;
    finish(deploy, HB_OUTCOME_REJECTED, "crm.py has a syntax error in line 6");
    expect(&plain, NULL, deploy,
           "crm.py → dev\n"
           "  rejected   nothing was delivered\n"
           "    crm.py:6:27: SyntaxError: expected ':'\n"
           "    crm.py: warning: and\n        more\n"
           "rejected: crm.py has a syntax error in line 6\n"
           "  commit     b2c3d4e\n");
    hb_deploy_free(deploy);
}

static void a_conflict_names_what_was_found(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    memcpy(deploy->found, COMMIT, sizeof deploy->found);
    finish(deploy, HB_OUTCOME_CONFLICT, "somebody else changed it");
    char *lines = hb_picture_lines(&plain, NULL, deploy);
    assert_non_null(strstr(lines, "nothing was delivered; the target holds "
                                  "b2c3d4e\n"));
    assert_null(strstr(lines, "server1"));
    free(lines);
    hb_deploy_free(deploy);
}

/* What is true by now stands beside the outcome, which stays. */
static void late_words_are_told_apart(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    confirm(deploy, 0, 40);
    deploy->servers[1].state = HB_SERVER_SILENT;
    deploy->late = true;
    finish(deploy, HB_OUTCOME_UNCONFIRMED, "confirmed by 0 of 2 servers");
    char *lines = hb_picture_lines(&plain, NULL, deploy);
    assert_non_null(strstr(lines, "unconfirmed: confirmed by 0 of 2 servers\n"
                                  "  by now     live on 1 of 2 servers\n"
                                  "  commit     b2c3d4e\n"));
    free(lines);
    hb_deploy_free(deploy);
}

/* Nothing that a server writes reaches the terminal as a command. */
static void what_drives_a_terminal_is_taken_out(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    deploy->servers[0].state = HB_SERVER_FAILED;
    hb_replace(&deploy->servers[0].message, "\033]0;x\007\033[2J\r\xC2\x9B"
                                            "1m\xE2\x80\xAEtxt\n\x7F");
    hb_replace(&deploy->module, "a\033[31m.py");
    finish(deploy, HB_OUTCOME_FAILED, "failed\033[2J");
    char *lines = hb_picture_lines(&plain, NULL, deploy);
    for (const char *at = lines; *at != '\0'; at++) {
        assert_true(*at == '\n' || (unsigned char)*at >= 0x20);
        assert_int_not_equal(*at, 0x7F);
    }
    assert_null(strstr(lines, "\xC2\x9B"));
    assert_null(strstr(lines, "\xE2\x80\xAE"));
    free(lines);
    hb_deploy_free(deploy);
}

static void what_is_waited_for_fits_a_line(void **state)
{
    (void)state;
    struct hb_deploy *deploy = recorded();
    char *line = hb_picture_live(&plain, NULL, 0.44, 79);
    assert_string_equal(line, "  waits for the bridge  0.4 s");
    free(line);
    deploy->state = HB_STATE_DELIVERED;
    line = hb_picture_live(&plain, deploy, 12.34, 79);
    assert_string_equal(line, "  waits for server1, server2  12.3 s");
    free(line);
    line = hb_picture_live(&plain, deploy, 12.34, 12);
    assert_string_equal(line, "  waits for…");
    free(line);
    hb_deploy_free(deploy);
}

static void times_are_short(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {
        {0, "0 ms"},        {0.0004, "0 ms"},   {0.412, "412 ms"},
        {0.9994, "999 ms"}, {0.9996, "1.00 s"}, {1.254, "1.25 s"},
        {59.99, "59.99 s"}, {59.999, "60 s"},   {3600, "3600 s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[32];
        hb_picture_time(cases[i].seconds, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void a_sum_counts_what_there_was(void **state)
{
    (void)state;
    size_t counts[HB_OUTCOME_COUNT] = {0};
    counts[HB_OUTCOME_DEPLOYED] = 2;
    counts[HB_OUTCOME_FAILED] = 1;
    char *sum = hb_picture_sum(&plain, counts, 1);
    assert_string_equal(sum, "4 files: 2 deployed, 1 failed, 1 not sent\n");
    free(sum);
}

static void colours_are_closed(void **state)
{
    (void)state;
    const struct hb_picture lively = {.colour = true};
    struct hb_deploy *deploy = recorded();
    confirm(deploy, 0, 0.1);
    finish(deploy, HB_OUTCOME_DEPLOYED, "deployed on 1 of 2 servers");
    char *lines = hb_picture_lines(&lively, NULL, deploy);
    size_t begun = 0, ended = 0;
    for (char *at = lines; (at = strstr(at, "\033[")) != NULL; at += 2) {
        *(strncmp(at, "\033[0m", 4) == 0 ? &ended : &begun) += 1;
    }
    assert_true(begun > 0);
    assert_int_equal(begun, ended);
    free(lines);
    hb_deploy_free(deploy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_deploy_is_told_step_by_step),
        cmocka_unit_test(all_at_once_is_the_same_picture),
        cmocka_unit_test(a_failed_server_is_told_with_its_line),
        cmocka_unit_test(a_rejected_one_was_not_delivered),
        cmocka_unit_test(a_conflict_names_what_was_found),
        cmocka_unit_test(late_words_are_told_apart),
        cmocka_unit_test(what_drives_a_terminal_is_taken_out),
        cmocka_unit_test(what_is_waited_for_fits_a_line),
        cmocka_unit_test(times_are_short),
        cmocka_unit_test(a_sum_counts_what_there_was),
        cmocka_unit_test(colours_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
