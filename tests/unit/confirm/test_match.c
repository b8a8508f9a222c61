#include "confirm/match.h"

#include "base/clock.h"
#include "base/paths.h"
#include "confirm/names.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "confirm/lines.h"

/* Seconds in which the dearest line must be read, sanitizers included. */
#define PATIENCE 5.0

static const char *const words[] = {"services", "models",  "nothing", "error",
                                    "starting", "started", "stopped", "deaf"};

/* What was told, one line an event: "WORD MODULE NAME NAME…". */
struct heard {
    struct hb_buffer text;
    struct hb_buffer threads;
    char *error; /* text of the last traceback */
    char *path;
    size_t names;
    size_t errors;
};

static void on_event(void *user, const struct hb_log_event *event)
{
    struct heard *heard = user;
    hb_buffer_print(&heard->text, "%s%s%s", words[event->word],
                    event->module == NULL ? "" : " ",
                    event->module == NULL ? "" : event->module);
    for (size_t i = 0; i < event->names->count && i < 50; i++) {
        hb_buffer_print(&heard->text, " %s", event->names->items[i]);
    }
    hb_buffer_print(&heard->text, "\n");
    hb_buffer_print(&heard->threads, "%s %s\n", event->process, event->thread);
    heard->names = event->names->count;
    hb_replace(&heard->path, event->path);
    if (event->word == HB_WORD_ERROR) {
        assert_int_equal(strlen(event->text), event->text_len);
        hb_replace(&heard->error, event->text);
        heard->errors++;
    } else {
        assert_null(event->text);
    }
}

static void forget(struct heard *heard)
{
    hb_buffer_release(&heard->text);
    hb_buffer_release(&heard->threads);
    free(heard->error);
    free(heard->path);
    *heard = (struct heard){0};
}

/* A line in memory of exactly its size. */
static void give(struct hb_matcher *matcher, const char *line, size_t len,
                 struct heard *heard)
{
    char *copy = malloc(len == 0 ? 1 : len);
    memcpy(copy, line, len);
    hb_matcher_line(matcher, copy, len, on_event, heard);
    free(copy);
}

static void give_text(struct hb_matcher *matcher, const char *text,
                      struct heard *heard)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        give(matcher, text, len, heard);
        text += len + (text[len] == '\n');
    }
}

static struct hb_matcher *matcher_for(const char *path, enum hb_profile profile)
{
    struct hb_target *target = lines_target(path, profile);
    struct hb_matcher *matcher = hb_matcher_new(&target->servers[0]);
    hb_target_free(target);
    return matcher;
}

static void hear(enum hb_profile profile, const char *text, const char *wanted)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, profile);
    give_text(matcher, text, &heard);
    assert_string_equal(hb_buffer_text(&heard.text), wanted);
    hb_matcher_free(matcher);
    forget(&heard);
}

/* ---- what real servers wrote ------------------------------------------ */

#define FAILS(module) "error " module "\nerror " module "\nnothing " module "\n"

static const struct {
    const char *file; /* without its server */
    const char *events;
} recorded[] = {
    {"3.2/class-body-error", FAILS("crm_body.py")},
    {"3.2/deleted", ""},
    {"3.2/import-error", FAILS("crm_import.py")},
    {"3.2/model", "models crm_model.py crm_model.Customer\n"
                  "services crm_model.py crm.model.get\n"},
    {"3.2/no-services", "nothing crm_none.py\n"},
    {"3.2/one", "services crm_one.py crm.customer.get\n"},
    {"3.2/redeploy", "services crm_one.py crm.customer.get\n"},
    {"3.2/syntax-error", FAILS("crm_syntax.py")},
    {"3.2/twice-within-300ms", "services crm_one.py crm.customer.get\n"
                               "services crm_one.py crm.customer.get\n"},
    {"3.2/two", "services crm_two.py crm.two.get crm.two.update\n"},
    {"3.2/unicode", "services crm_unicode.py crm.zażółć.get\n"},
    {"4.1/broken-after-good", FAILS("sc_two.py")},
    {"4.1/deployed", "services sc_ok.py sc.ok\n"},
    {"4.1/empty", "nothing sc_empty.py\n"},
    {"4.1/fixed-again", "services sc_two.py sc.two.a sc.two.b\n"},
    {"4.1/import-error", FAILS("sc_import.py")},
    {"4.1/model-only", "models sc_model.py sc_model.ScModel\n"},
    {"4.1/module-body-error", FAILS("sc_boom.py")},
    {"4.1/no-services", "nothing sc_none.py\n"},
    {"4.1/odd-file-name", "services sc-dash x.py sc.dash\n"},
    {"4.1/one-of-two-removed", "services sc_two.py sc.two.a\n"},
    {"4.1/redeployed", "services sc_ok.py sc.ok\n"},
    {"4.1/same-service-name-elsewhere", "services sc_dup.py sc.ok\n"},
    {"4.1/syntax-error", FAILS("sc_syntax.py")},
    {"4.1/two", "services sc_two.py sc.two.a sc.two.b\n"},
    {"4.1/unnamed-service", "services sc_noname.py sc-noname.no-name\n"},
};

/* The flood of a server that starts: what is on its disk, broken ones once
 * and with no line that nothing was deployed, then what the others have. */
static const char restart[] =
    "stopped\nstarting\n"
    "error crm_bad.py\nerror crm_body.py\nerror crm_imp.py\n"
    "error crm_import.py\nerror crm_syntax.py\n"
    "services t_e_ren_touch_1.py t.t_e_ren_touch_1.808761189\n"
    "services t_a_inplace_1.py t.t_a_inplace_1.771895998\n"
    "services t_a_inplace_0.py t.t_a_inplace_0.689774665\n"
    "services t_e2_ren_open_0.py t.t_e2_ren_open_0.961053030\n"
    "services t_b_chunks_0.py t.t_b_chunks_0.444352751\n"
    "services t_e_ren_touch_0.py t.t_e_ren_touch_0.832961804\n"
    "services t_b_chunks_1.py t.t_b_chunks_1.381086809\n"
    "services t_d_ren_outside_0.py t.t_d_ren_outside_0.849283028\n"
    "services t_d_ren_outside_1.py t.t_d_ren_outside_1.614268123\n"
    "services t_g_link_1.py t.t_g_link_1.119072259\n"
    "services t_e2_ren_open_1.py t.t_e2_ren_open_1.442032990\n"
    "services t_c_ren_inside_1.py t.t_c_ren_inside_1.896446515\n"
    "services t_g_link_0.py t.t_g_link_0.49226229\n"
    "services t_c_ren_inside_0.py t.t_c_ren_inside_0.55806674\n"
    "started\n";

static void expect_file(const char *name, const char *wanted)
{
    struct heard heard = {0};
    char *text = scratch_read(TESTS_DIR "/logs", name);
    bool second = strstr(name, ".server2.") != NULL;
    struct hb_matcher *matcher =
        matcher_for(second ? "/opt/zato/env/qs-1/server2" : SERVER,
                    name[0] == '3' ? HB_PROFILE_ZATO_32 : HB_PROFILE_ZATO_4);
    assert_non_null(text);
    give_text(matcher, text, &heard);
    if (strcmp(hb_buffer_text(&heard.text), wanted) != 0) {
        fail_msg("%s:\n%s", name, hb_buffer_text(&heard.text));
    }
    hb_matcher_free(matcher);
    forget(&heard);
    free(text);
}

static const char *events_of(const char *name)
{
    for (size_t i = 0; i < sizeof recorded / sizeof recorded[0]; i++) {
        size_t len = strlen(recorded[i].file);
        if (strncmp(name, recorded[i].file, len) == 0 && name[len] == '.') {
            return recorded[i].events;
        }
    }
    return NULL;
}

static void every_recorded_log_says_what_it_said(void **state)
{
    static const char *const versions[] = {"3.2", "4.1"};
    size_t files = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char *folder = hb_format("%s/logs/%s", TESTS_DIR, versions[i]);
        DIR *dir = opendir(folder);
        assert_non_null(dir);
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            char *name = hb_format("%s/%s", versions[i], entry->d_name);
            if (strstr(name, ".listener.log") != NULL) {
                expect_file(name, "");
                files++;
            } else if (strcmp(name, "3.2/restart.server2.log") == 0) {
                expect_file(name, restart);
                files++;
            } else if (strstr(name, "/forty-services.") == NULL &&
                       strstr(name, ".log") != NULL) {
                assert_non_null(events_of(name));
                expect_file(name, events_of(name));
                files++;
            }
            free(name);
        }
        closedir(dir);
        free(folder);
    }
    assert_true(files >= 50);
}

static void forty_services_are_forty_names(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    char *text =
        scratch_read(TESTS_DIR "/logs", "3.2/forty-services.server1.log");
    (void)state;
    give_text(matcher, text, &heard);
    assert_int_equal(heard.names, 40);
    assert_string_equal(heard.path, SERVER "/" COPIES "/crm_many.py");
    free(text);
    hb_matcher_free(matcher);
    forget(&heard);
}

static void process_and_thread_are_told(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    char *text =
        scratch_read(TESTS_DIR "/logs", "3.2/import-error.server1.log");
    (void)state;
    give_text(matcher, text, &heard);
    assert_string_equal(hb_buffer_text(&heard.threads),
                        "3594 3594:Dummy-92\n3594 3594:Dummy-92\n"
                        "3594 3594:Dummy-92\n");
    assert_non_null(heard.error);
    assert_int_equal(strncmp(heard.error, "Traceback (most", 15), 0);
    assert_non_null(strstr(heard.error, "\n    import nosuchmodule\n"));
    assert_non_null(strstr(heard.error, "'nosuchmodule'\n"));
    assert_null(strchr(heard.error, '`'));
    free(text);
    hb_matcher_free(matcher);
    forget(&heard);
}

/* ---- what is not to be believed --------------------------------------- */

#define GOOD(path)                                                        \
    DATE COLOUR "3594:Dummy-9 - " CREATE "Deployed 1 service from `" path \
                "` -> ['crm.get']\n"
#define OPENS                                                   \
    DATE "\x1b[1;31mERROR\x1b[0m - 3594:Dummy-9 - " STORE       \
         "Could not load source, file_name:`" SERVER "/" COPIES \
         "/crm.py`, e:`Traceback (most recent call last):\n"
#define OURS SERVER "/" COPIES "/crm.py"

static void paths_elsewhere_are_not_ours(void **state)
{
    static const char *const elsewhere[] = {
        "/home/u/crm.py",
        "/opt/zato/env/qs-1/server1/work/hot-deploy/backup/crm.py",
        "/opt/zato/env/qs-1/server1/work/hot-deploy/current/sub/crm.py",
        "/opt/zato/env/qs-1/server1/xwork/hot-deploy/current/crm.py",
        "work/hot-deploy/current/crm.py",
        "/work/hot-deploy/current",
        "/opt/zato/env/qs-1/server10/work/hot-deploy/current/crm.py",
        "/opt/zato/env/qs-1/server10/pickup/incoming/services/crm.py",
        "./crm.py",
        "/crm.py",
        "/",
    };
    (void)state;
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        char *line = hb_format(GOOD("%s"), elsewhere[i]);
        hear(HB_PROFILE_ZATO_32, line, "");
        hear(HB_PROFILE_ZATO_4, line, "");
        free(line);
    }
    /* The same server as seen from inside a container. */
    hear(HB_PROFILE_ZATO_32, GOOD("/srv/s1/" COPIES "/crm.py"),
         "services crm.py crm.get\n");
    hear(HB_PROFILE_ZATO_4, GOOD("/srv/s1/" PICKUP "/crm.py"),
         "services crm.py crm.get\n");
    /* 4.x keeps no copies of its own. */
    hear(HB_PROFILE_ZATO_4, GOOD(OURS), "");
}

static void a_link_to_the_server_names_the_same(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher =
        matcher_for("/opt/zato/env/qs-1/current", HB_PROFILE_ZATO_32);
    (void)state;
    give_text(matcher, GOOD(OURS), &heard);
    assert_string_equal(hb_buffer_text(&heard.text), "");
    hb_matcher_resolved(matcher, SERVER);
    give_text(matcher, GOOD(OURS), &heard);
    assert_string_equal(hb_buffer_text(&heard.text),
                        "services crm.py crm.get\n");
    hb_matcher_free(matcher);
    forget(&heard);
}

static void nobody_else_speaks_so(void **state)
{
    static const char *const forged[] = {
        DATE "INFO - 3594:Dummy-9 - my.service:0 - Deployed 1 service from "
             "`" OURS "` -> ['crm.get']\n",
        DATE "INFO - __main__:449 - Deployed -> " OURS "\n",
        DATE "INFO - 3594:Dummy-9 - my.service:0 - said - " CREATE
             "Deployed 1 service from `" OURS "` -> ['crm.get']\n",
        DATE "INFO - 3594:Dummy-9 - " CREATE "x Deployed 1 service from "
             "`" OURS "` -> ['crm.get']\n",
        DATE "INFO - 3594:Dummy-9 - " CREATE "Deployed 1 service from "
             "`" OURS "` -> ['crm.get'] x\n",
        DATE "INFO - 3594:Dummy-9 - " CREATE "Deployed one service from "
             "`" OURS "` -> ['crm.get']\n",
        "2026-11-23 02:51:42 - INFO - 3594:Dummy-9 - " CREATE
        "Deployed 1 service from `" OURS "` -> ['crm.get']\n",
        " " GOOD(OURS),
        "x" GOOD(OURS),
        "    raise ValueError('" GOOD(OURS),
        DATE "INFO - Dummy-9 - " CREATE "Deployed 1 service from `" OURS
             "` -> ['crm.get']\n",
        DATE "INFO - 3594:Dummy-9 - zato_rest:0 - Shutting down: Main\n",
        DATE "INFO - 3594:Dummy-9 - my:0 - Starting Zato 3.2\n",
        DATE "INFO - 3594:Dummy-9 - my:0 - Started `s@q` (pid: 1)\n",
        DATE "INFO - 3594:Dummy-9 - my:0 - No services nor models were "
             "deployed from module `crm.py`\n",
        /* 2.0's words in the log of another version. */
        DATE "INFO - 3594:Dummy-9 - my:0 - Uploaded package id:[22], "
             "payload_name:[crm.py]\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        hear(HB_PROFILE_ZATO_32, forged[i], "");
    }
}

static void inside_a_traceback_nothing_is_a_record(void **state)
{
    (void)state;
    /* Indented, and as a whole line of an exception's own text. */
    hear(HB_PROFILE_ZATO_32,
         OPENS
         "    raise ValueError('''\n" GOOD(OURS) "ValueError:\n" GOOD(OURS) DATE
         "odd\n" GOOD(OURS) "`\n",
         "error crm.py\n");
    /* Behind it the same process is heard again. */
    hear(HB_PROFILE_ZATO_32, OPENS "ValueError: x\n`\n" GOOD(OURS),
         "error crm.py\nservices crm.py crm.get\n");
    /* Another process of the server writes in between. */
    hear(HB_PROFILE_ZATO_32,
         OPENS "  File \"x\", line 1, in x\n" DATE COLOUR "77:Dummy-1 - " CREATE
               "Deployed 1 service from `" OURS
               "` -> ['crm.get']\nValueError: x\n`\n",
         "services crm.py crm.get\nerror crm.py\n");
    /* A traceback inside the exception's own text. */
    hear(HB_PROFILE_ZATO_32, OPENS "ValueError:\n" OPENS "KeyError\n`\n",
         "error crm.py\n");
}

/* One whose closing line never comes does not deafen us for ever. */
static void a_traceback_that_never_ends_is_given_up(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    (void)state;
    give_text(matcher, OPENS "ValueError: x\n", &heard);
    for (int i = 0; i < 1000 && heard.names == 0; i++) {
        give_text(matcher, GOOD(OURS), &heard);
    }
    assert_string_equal(hb_buffer_text(&heard.text),
                        "error crm.py\nservices crm.py crm.get\n");
    hb_matcher_free(matcher);
    forget(&heard);
    /* And one that was cut away is dropped at once. */
    matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    give_text(matcher, OPENS "ValueError: x\n", &heard);
    hb_matcher_reset(matcher);
    give_text(matcher, GOOD(OURS), &heard);
    assert_string_equal(hb_buffer_text(&heard.text),
                        "services crm.py crm.get\n");
    hb_matcher_free(matcher);
    forget(&heard);
}

/* ---- odd bytes -------------------------------------------------------- */

static void colours_and_line_ends_do_not_matter(void **state)
{
    static const char *const levels[] = {
        "INFO", "INFO ", "\x1b[1;37mINFO\x1b[0m", "\x1b[1;37mINFO \x1b[0m",
        "\x1b[mINFO\x1b[0;0;0m"};
    (void)state;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        for (int cr = 0; cr < 2; cr++) {
            char *line = hb_format(DATE "%s - 3594:Dummy-9 - " CREATE
                                        "Deployed 1 service from "
                                        "`" OURS "` -> ['crm.get']%s\n",
                                   levels[i], cr ? "\r" : "");
            hear(HB_PROFILE_ZATO_32, line, "services crm.py crm.get\n");
            free(line);
        }
    }
    hear(HB_PROFILE_ZATO_32, OPENS "ValueError: x\r\n`\r\n", "error crm.py\n");
    hear(HB_PROFILE_ZATO_32, "\n\r\n`\n\x1b[0m\n", "");
}

static void lines_that_hold_a_nul_say_nothing(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    static const char line[] = GOOD(OURS);
    char copy[sizeof line];
    (void)state;
    for (size_t at = 0; at < sizeof line - 2; at++) {
        memcpy(copy, line, sizeof line);
        copy[at] = '\0';
        give(matcher, copy, sizeof line - 2, &heard);
    }
    assert_string_equal(hb_buffer_text(&heard.text), "");
    /* In a traceback they are text. */
    give_text(matcher, OPENS, &heard);
    give(matcher, "a\0b", 3, &heard);
    char nothing[300] = {0};
    give(matcher, nothing, sizeof nothing, &heard);
    hb_matcher_line(matcher, "`", 1, on_event, &heard);
    assert_int_equal(heard.errors, 1);
    hb_matcher_free(matcher);
    forget(&heard);
}

/* Any beginning of a good line, and any single byte of it changed, is either
 * the same word or none; never another module's. */
static void torn_and_damaged_lines(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    static const char line[] = GOOD(OURS);
    char copy[sizeof line];
    (void)state;
    for (size_t len = 0; len < sizeof line - 2; len++) {
        give(matcher, line, len, &heard);
    }
    assert_string_equal(hb_buffer_text(&heard.text), "");
    for (size_t at = 0; at < sizeof line - 2; at++) {
        for (int byte = 1; byte < 256; byte += 7) {
            memcpy(copy, line, sizeof line);
            copy[at] = (char)byte;
            give(matcher, copy, sizeof line - 2, &heard);
        }
    }
    hb_matcher_free(matcher);
    forget(&heard);
}

static void names_as_python_writes_them(void **state)
{
    static const struct {
        const char *text;
        const char *names;
    } lists[] = {
        {"[]", ""},
        {"['a']", "a|"},
        {"['a', 'b']", "a|b|"},
        {"[\"it's\"]", "it's|"},
        {"['it\\'s \"x\"']", "it's \"x\"|"},
        {"['a\\\\b']", "a\\b|"},
        {"['a\\nb\\tc']", "a\nb\tc|"},
        {"['a\\x1bb']", "a\x1b"
                        "b|"},
        {"['a\\xa0b\\x00c']", "a\xc2\xa0"
                              "bc|"},
        {"['zażółć', '顧客']", "zażółć|顧客|"},
        {"['a', 'b", "a|"},
        {"['a'", "a|"},
        {"['a', ", "a|"},
        {"['a\\", ""},
        {"['a\\x", ""},
        {"['a\\x5", ""},
        {"['a\\x5'", "a"
                     "x5|"},
        {"[1, 2]", ""},
        {"nothing", ""},
        {"", ""},
        {"['']", "|"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        struct hb_strings names = {0};
        struct hb_buffer text = {0};
        char *copy = hb_strdup(lists[i].text);
        hb_names_read(copy, &names);
        for (size_t k = 0; k < names.count; k++) {
            hb_buffer_print(&text, "%s|", names.items[k]);
        }
        assert_string_equal(hb_buffer_text(&text), lists[i].names);
        hb_buffer_release(&text);
        hb_strings_release(&names);
        free(copy);
    }
}

/* ---- sizes ------------------------------------------------------------ */

static void a_very_long_traceback_keeps_its_end(void **state)
{
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    (void)state;
    give_text(matcher, OPENS, &heard);
    for (int i = 0; i < 20000; i++) {
        char *line = hb_format("  File \"x.py\", line %d, in f", i);
        give(matcher, line, strlen(line), &heard);
        free(line);
    }
    give_text(matcher, "RecursionError: too deep\n`\n", &heard);
    assert_string_equal(hb_buffer_text(&heard.text), "error crm.py\n");
    size_t len = strlen(heard.error);
    assert_true(len <= HB_MATCH_TRACEBACK_MAX);
    assert_non_null(strstr(heard.error, "line 19999, in f\n"));
    assert_string_equal(heard.error + len - 25, "RecursionError: too deep\n");
    /* One line as long as all that is kept does not push the end out. */
    char *huge = hb_alloc(HB_MATCH_LINE_MAX + 1);
    memset(huge, 'x', HB_MATCH_LINE_MAX);
    give_text(matcher, OPENS, &heard);
    give(matcher, huge, HB_MATCH_LINE_MAX, &heard);
    give_text(matcher, "RecursionError: too deep\n`\n", &heard);
    assert_int_equal(heard.errors, 2);
    len = strlen(heard.error);
    assert_string_equal(heard.error + len - 25, "RecursionError: too deep\n");
    free(huge);
    hb_matcher_free(matcher);
    forget(&heard);
}

/* A list of names that fits a line, and one that was cut where lines are. */
static void thousands_of_names(void **state)
{
    static const int counts[] = {HB_NAMES_MAX, 3000, 20000};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct heard heard = {0};
        struct hb_buffer line = {0};
        struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
        hb_buffer_print(&line,
                        DATE COLOUR "3594:Dummy-9 - " CREATE
                                    "Deployed %d services from `" OURS
                                    "` -> ['first.one'",
                        counts[i]);
        for (int k = 1; k < counts[i]; k++) {
            hb_buffer_print(&line, ", 'crm.%d'", k);
        }
        hb_buffer_print(&line, "]");
        size_t len = line.len;
        if (len > HB_MATCH_LINE_MAX) {
            len = HB_MATCH_LINE_MAX; /* as the follower cuts it */
        }
        give(matcher, line.data, len, &heard);
        assert_int_equal(heard.names, HB_NAMES_MAX);
        assert_int_equal(strncmp(hb_buffer_text(&heard.text),
                                 "services crm.py first.one crm.1 ", 32),
                         0);
        hb_matcher_free(matcher);
        hb_buffer_release(&line);
        forget(&heard);
    }
}

/* Lines that make a careless pattern try every way to read them. */
static void hostile_lines_are_read_in_time(void **state)
{
    static const char *const parts[] = {"` -> [", "]",   "` -> ['a']x", "`",
                                        "from `", " - ", "['"};
    struct heard heard = {0};
    struct hb_matcher *matcher = matcher_for(SERVER, HB_PROFILE_ZATO_32);
    (void)state;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct hb_buffer line = {0};
        double begun = hb_clock_monotonic();
        hb_buffer_print(&line, DATE "INFO - 3594:Dummy-9 - " CREATE
                                    "Deployed 1 service from `x] ");
        while (line.len < HB_MATCH_LINE_MAX - 20) {
            hb_buffer_add(&line, parts[i], strlen(parts[i]));
        }
        give(matcher, line.data, line.len, &heard);
        assert_true(hb_clock_monotonic() - begun < PATIENCE);
        hb_buffer_release(&line);
    }
    assert_string_equal(hb_buffer_text(&heard.text), "");
    hb_matcher_free(matcher);
    forget(&heard);
}

/* ---- the other versions ----------------------------------------------- */

static void words_of_2_0(void **state)
{
    (void)state;
    hear(HB_PROFILE_ZATO_2,
         DATE "INFO - 17:Dummy-1 - zato.hot-deploy.create:22 - Uploaded "
              "package id:[22], payload_name:[crm.py]\n",
         "services crm.py\n");
    hear(HB_PROFILE_ZATO_2,
         DATE "WARNING - 17:Dummy-1 - zato.hot-deploy.create:22 - Package "
              "id:[22], payload_name:[crm.py] has not been deployed\n",
         "nothing crm.py\n");
    hear(HB_PROFILE_ZATO_2,
         DATE "ERROR - 17:Dummy-1 - x:1 - Could not load source "
              "mod_name:[crm] file_name:[" OURS "], e:[Traceback (most recent "
              "call last):\n  File \"" OURS "\", line 1\nKeyError: 'a[0]'\n]\n",
         "error crm.py\n");
}

static void a_server_that_hears_nothing_says_so(void **state)
{
    (void)state;
    hear(HB_PROFILE_ZATO_32,
         DATE "WARNING - 17:Dummy-1 - x:0 - File observer `a` could not be "
              "started, e:`b`\n",
         "deaf\n");
    hear(HB_PROFILE_ZATO_4,
         DATE "INFO - 17:MainThread - zato:0 - Starting Zato 4.1\n" DATE
              "INFO - 17:MainThread - zato.server.base.parallel:0 - Started "
              "`server1@qs` (pid: 17)\n",
         "starting\nstarted\n");
}

static void groups_of_exceptions_open_too(void **state)
{
    (void)state;
    hear(HB_PROFILE_ZATO_32,
         DATE "ERROR - 3594:Dummy-9 - " STORE
              "Could not load source, file_name:`" OURS "`, e:`  + Exception "
              "Group Traceback (most recent call last):\n"
              "  | ExceptionGroup: x (1 sub-exception)\n`\n",
         "error crm.py\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_log_says_what_it_said),
        cmocka_unit_test(forty_services_are_forty_names),
        cmocka_unit_test(process_and_thread_are_told),
        cmocka_unit_test(paths_elsewhere_are_not_ours),
        cmocka_unit_test(a_link_to_the_server_names_the_same),
        cmocka_unit_test(nobody_else_speaks_so),
        cmocka_unit_test(inside_a_traceback_nothing_is_a_record),
        cmocka_unit_test(a_traceback_that_never_ends_is_given_up),
        cmocka_unit_test(colours_and_line_ends_do_not_matter),
        cmocka_unit_test(lines_that_hold_a_nul_say_nothing),
        cmocka_unit_test(torn_and_damaged_lines),
        cmocka_unit_test(names_as_python_writes_them),
        cmocka_unit_test(a_very_long_traceback_keeps_its_end),
        cmocka_unit_test(thousands_of_names),
        cmocka_unit_test(hostile_lines_are_read_in_time),
        cmocka_unit_test(words_of_2_0),
        cmocka_unit_test(a_server_that_hears_nothing_says_so),
        cmocka_unit_test(groups_of_exceptions_open_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
