#include "confirm/match.h"

#include "base/alloc.h"
#include "confirm/home.h"
#include "confirm/names.h"
#include "confirm/wanted.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>
#include <string.h>

/* A record: date, level (maybe in colour), pid:thread, on 4.x the service and
 * the request's id, the logger with its line, the message. A service has no
 * colon, a logger with its line has: else a message could pass for a logger. */
#define RECORD                                                \
    "^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} - "    \
    "(?:\\x1b\\[[0-9;]*m)?([A-Z]+) *(?:\\x1b\\[[0-9;]*m)? - " \
    "((\\d+):[^ ]+) - (?:[^ :]+ - [^ ]+ - )?"                 \
    "([^ :]+):\\d+ - (.*)$"

enum record_part { ALL, LEVEL, THREAD, PROCESS, LOGGER, MESSAGE };

/* What the messages look like; what they begin with stands in wanted.c too.
 * The loggers are those that speak so; nobody else's words count. */
static const struct form {
    const char *logger;
    const char *pattern;
    enum hb_word word;
    bool opens; /* a traceback follows on the next lines */
    bool whole; /* group 1 is a path, or else a bare name */
} forms[] = {
    {"zato.hot-deploy.create",
     "^Deployed \\d+ services? from `(.+)` -> (\\[.*\\])$", HB_WORD_SERVICES,
     false, true},
    {"zato.hot-deploy.create",
     "^Deployed \\d+ models? from `(.+)` -> (\\[.*\\])$", HB_WORD_MODELS, false,
     true},
    {"zato.hot-deploy.create",
     "^No services(?: nor models|, models nor connector types) were deployed "
     "from module `(.+)`$",
     HB_WORD_NOTHING, false, true},
    {"zato.server.service.store",
     "^Could not load source, file_name:`(.+)`, e:`"
     "((?:  \\+ Exception Group )?Traceback .*)$",
     HB_WORD_ERROR, true, true},
    {NULL, "^Uploaded package id:\\[\\d+\\], payload_name:\\[(.+)\\]$",
     HB_WORD_SERVICES, false, false},
    {NULL,
     "^Package id:\\[\\d+\\], payload_name:\\[(.+)\\] has not been deployed",
     HB_WORD_NOTHING, false, false},
    {NULL,
     "^Could not load source mod_name:\\[.*\\] file_name:\\[(.+?)\\], "
     "e:\\[(Traceback .*)$",
     HB_WORD_ERROR, true, true},
    {"zato", "^Starting Zato ()", HB_WORD_STARTING, false, false},
    {"zato.server.base.parallel", "^Started `.+` \\(pid: \\d+\\)()",
     HB_WORD_STARTED, false, false},
    {"zato", "^Shutting down: ()", HB_WORD_STOPPED, false, false},
    {NULL, "^File observer .* could not be started()", HB_WORD_DEAF, false,
     false},
};

#define FORMS (sizeof forms / sizeof forms[0])
/* Forms of 2.0 alone, by their place in the table. */
#define IS_ZATO_2(i) ((i) >= 4 && (i) <= 6)

struct record {
    char *process;
    char *thread;
    char *logger;
    char *message;
};

struct hb_matcher {
    enum hb_profile profile;
    struct hb_home home;
    pcre2_code *record;
    pcre2_code *patterns[FORMS];
    pcre2_match_data *match;
    pcre2_match_data *inner;
    /* a traceback that is being collected */
    bool open;
    unsigned quoted; /* lines in it that look like records */
    char *module;
    char *path;
    char *process;
    char *thread;
    struct hb_buffer text;
};

static pcre2_code *compile(const char *pattern)
{
    int code = 0;
    size_t at = 0;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, PCRE2_DOTALL,
                      &code, &at, NULL);
    if (compiled == NULL) {
        hb_out_of_memory(); /* the patterns are ours, and right */
    }
    /* Without JIT it is only slower. */
    (void)pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
    return compiled;
}

struct hb_matcher *hb_matcher_new(const struct hb_server *server)
{
    struct hb_matcher *matcher = hb_alloc(sizeof *matcher);
    matcher->profile = server->profile;
    hb_home_init(&matcher->home, server);
    matcher->record = compile(RECORD);
    for (size_t i = 0; i < FORMS; i++) {
        matcher->patterns[i] = compile(forms[i].pattern);
    }
    matcher->match = pcre2_match_data_create(8, NULL);
    matcher->inner = pcre2_match_data_create(4, NULL);
    if (matcher->match == NULL || matcher->inner == NULL) {
        hb_out_of_memory();
    }
    return matcher;
}

void hb_matcher_resolved(struct hb_matcher *matcher, const char *path)
{
    hb_home_resolved(&matcher->home, path);
}

void hb_matcher_reset(struct hb_matcher *matcher)
{
    matcher->open = false;
    matcher->quoted = 0;
    free(matcher->module);
    free(matcher->path);
    free(matcher->process);
    free(matcher->thread);
    matcher->module = NULL;
    matcher->path = NULL;
    matcher->process = NULL;
    matcher->thread = NULL;
    hb_buffer_release(&matcher->text);
}

void hb_matcher_free(struct hb_matcher *matcher)
{
    if (matcher == NULL) {
        return;
    }
    hb_matcher_reset(matcher);
    for (size_t i = 0; i < FORMS; i++) {
        pcre2_code_free(matcher->patterns[i]);
    }
    pcre2_code_free(matcher->record);
    pcre2_match_data_free(matcher->match);
    pcre2_match_data_free(matcher->inner);
    hb_home_release(&matcher->home);
    free(matcher);
}

/* ---- one record ------------------------------------------------------- */

/* `count` groups were set by the match; behind them stands what an earlier
 * one left. */
static char *group(const char *line, pcre2_match_data *match, int count,
                   int number)
{
    const size_t *at = pcre2_get_ovector_pointer(match);
    if (number >= count || at[2 * number] == PCRE2_UNSET) {
        return hb_strdup("");
    }
    return hb_strndup(line + at[2 * number],
                      at[2 * number + 1] - at[2 * number]);
}

static void close_traceback(struct hb_matcher *matcher, hb_match_fn tell,
                            void *user)
{
    static const struct hb_strings none;
    if (!matcher->open) {
        return;
    }
    const struct hb_log_event event = {
        .word = HB_WORD_ERROR,
        .module = matcher->module,
        .process = matcher->process,
        .thread = matcher->thread,
        .path = matcher->path,
        .names = &none,
        .text = hb_buffer_text(&matcher->text),
        .text_len = matcher->text.len,
    };
    matcher->open = false;
    tell(user, &event);
    hb_matcher_reset(matcher);
}

static void tell_line(struct hb_matcher *matcher, const struct form *form,
                      const struct record *record, int count, hb_match_fn tell,
                      void *user)
{
    struct hb_strings names = {0};
    char *path = group(record->message, matcher->inner, count, 1);
    char *rest = group(record->message, matcher->inner, count, 2);
    char *module =
        path[0] == '\0' ? NULL : hb_home_module(&matcher->home, path);
    bool about_server = path[0] == '\0';
    if (module == NULL && !about_server) {
        goto out; /* somewhere else */
    }
    if (form->opens) {
        close_traceback(matcher, tell, user);
        matcher->open = true;
        matcher->module = hb_strdup(module);
        matcher->path = hb_strdup(path);
        matcher->process = hb_strdup(record->process);
        matcher->thread = hb_strdup(record->thread);
        hb_buffer_print(&matcher->text, "%s\n", rest);
        goto out;
    }
    hb_names_read(rest, &names);
    const struct hb_log_event event = {
        .word = form->word,
        .module = module,
        .process = record->process,
        .thread = record->thread,
        .path = about_server ? NULL : path,
        .names = &names,
    };
    tell(user, &event);
out:
    hb_strings_release(&names);
    free(module);
    free(path);
    free(rest);
}

static void read_record(struct hb_matcher *matcher, const struct record *record,
                        hb_match_fn tell, void *user)
{
    for (size_t i = 0; i < FORMS; i++) {
        const struct form *form = &forms[i];
        if ((form->logger != NULL &&
             strcmp(form->logger, record->logger) != 0) ||
            (IS_ZATO_2(i) && matcher->profile != HB_PROFILE_ZATO_2)) {
            continue;
        }
        int count =
            pcre2_match(matcher->patterns[i], (PCRE2_SPTR)record->message,
                        strlen(record->message), 0, 0, matcher->inner, NULL);
        if (count > 0) {
            tell_line(matcher, form, record, count, tell, user);
            break;
        }
    }
}

/* A traceback's end is what speaks: of one that is too long, the beginning
 * goes. */
static void collect(struct hb_matcher *matcher, const char *line, size_t len)
{
    if (matcher->text.len + len + 1 > HB_MATCH_TRACEBACK_MAX) {
        hb_buffer_drop(&matcher->text, HB_MATCH_TRACEBACK_MAX / 2);
    }
    if (matcher->text.len + len + 1 <= HB_MATCH_TRACEBACK_MAX) {
        size_t begin = matcher->text.len;
        hb_buffer_add(&matcher->text, line, len);
        for (size_t i = begin; i < matcher->text.len; i++) {
            if (matcher->text.data[i] == '\0') {
                matcher->text.data[i] = ' '; /* what is behind it speaks too */
            }
        }
        hb_buffer_add(&matcher->text, "\n", 1);
    }
}

/* A line that was cut ends within its list of names: those that are whole
 * are taken. */
static void mend_cut(struct record *record, size_t len)
{
    char *list = strstr(record->message, "` -> [");
    if (len < HB_MATCH_LINE_MAX || list == NULL) {
        return;
    }
    char *mended = hb_format("%s]", record->message);
    free(record->message);
    record->message = mended;
}

/* A line that begins with a date: a record, or the text of an exception that
 * quotes one. A process writes each of its records whole, so while it owes
 * the end of a traceback no other line can be its own. */
static void read_dated(struct hb_matcher *matcher, const char *line, size_t len,
                       hb_match_fn tell, void *user)
{
    struct record record = {0};
    int count = pcre2_match(matcher->record, (PCRE2_SPTR)line, len, 0, 0,
                            matcher->match, NULL);
    if (count > 0) {
        record.process = group(line, matcher->match, count, PROCESS);
    }
    bool another = count > 0 && matcher->open &&
                   strcmp(record.process, matcher->process) != 0;
    if (matcher->open && !another) {
        if (++matcher->quoted <= HB_MATCH_QUOTED_MAX) {
            collect(matcher, line, len);
            goto out;
        }
        close_traceback(matcher, tell, user);
    }
    if (count > 0 && hb_wanted_line(line, len)) {
        record.thread = group(line, matcher->match, count, THREAD);
        record.logger = group(line, matcher->match, count, LOGGER);
        record.message = group(line, matcher->match, count, MESSAGE);
        mend_cut(&record, len);
        read_record(matcher, &record, tell, user);
    }
out:
    free(record.process);
    free(record.thread);
    free(record.logger);
    free(record.message);
}

void hb_matcher_line(struct hb_matcher *matcher, const char *line, size_t len,
                     hb_match_fn tell, void *user)
{
    if (len > 0 && line[len - 1] == '\r') {
        len--;
    }
    if (!matcher->open && !hb_wanted_line(line, len)) {
        return;
    }
    if (!hb_wanted_dated(line, len)) {
        bool closing = len == 1 && (line[0] == '`' || line[0] == ']');
        if (matcher->open && closing) {
            close_traceback(matcher, tell, user);
        } else if (matcher->open) {
            collect(matcher, line, len);
        }
        return;
    }
    read_dated(matcher, line, len, tell, user);
}
