#include "confirm/match.h"

#include "base/alloc.h"
#include "confirm/names.h"

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

/* What the messages look like. The loggers are those that speak so; nobody
 * else's words count. */
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

/* What the messages above begin with. */
static const char *const needles[] = {
    "Deployed ",   "Could not load", "No serv",
    "Uploaded pa", "Package id",     "Starting Zato",
    "Started `",   "Shutting down",  "File observer"};

/* Where the date of a record ends. */
#define DATE_LEN 23

struct record {
    char *process;
    char *thread;
    char *logger;
    char *message;
};

struct hb_matcher {
    enum hb_profile profile;
    char *copies; /* tail below the server's folder: "work/hot-deploy/…" */
    char *pickup;
    char *home; /* the server's folder, and where that really lies */
    char *real;
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

/* A folder's path below the server's own. */
static char *tail_of(const struct hb_server *server, const char *folder)
{
    if (folder == NULL) {
        return NULL;
    }
    size_t len = strlen(server->path);
    if (strncmp(folder, server->path, len) == 0 && folder[len] == '/') {
        return hb_strdup(folder + len + 1);
    }
    const char *slash = strrchr(folder, '/');
    return hb_strdup(slash == NULL ? folder : slash + 1);
}

struct hb_matcher *hb_matcher_new(const struct hb_server *server)
{
    struct hb_matcher *matcher = hb_alloc(sizeof *matcher);
    matcher->profile = server->profile;
    matcher->copies = tail_of(server, server->copies);
    matcher->pickup = tail_of(server, server->pickup);
    matcher->home = hb_strdup(server->path);
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
    hb_replace(&matcher->real, path);
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
    free(matcher->copies);
    free(matcher->pickup);
    free(matcher->home);
    free(matcher->real);
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

/* Is this the folder of another server beside ours? In a container ours may
 * have any path. */
static bool is_beside(const struct hb_matcher *matcher, const char *folder,
                      size_t len)
{
    const char *ours[] = {matcher->home, matcher->real};
    bool beside = false;
    for (size_t i = 0; i < 2; i++) {
        const char *slash = ours[i] == NULL ? NULL : strrchr(ours[i], '/');
        size_t above = slash == NULL ? 0 : (size_t)(slash - ours[i]);
        if (slash == NULL || len <= above ||
            strncmp(folder, ours[i], above + 1) != 0) {
            continue;
        }
        if (strlen(ours[i]) == len && strncmp(folder, ours[i], len) == 0) {
            return false;
        }
        beside =
            beside || memchr(folder + above + 1, '/', len - above - 1) == NULL;
    }
    return beside;
}

/* The module that a path speaks of, when it lies where this server keeps its
 * modules; NULL otherwise. */
static char *module_of(const struct hb_matcher *matcher, const char *path)
{
    const char *tails[] = {matcher->copies, matcher->pickup};
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return hb_strdup(path); /* 3.2 and 2.0 name it bare */
    }
    for (size_t i = 0; i < 2; i++) {
        size_t len = tails[i] == NULL ? 0 : strlen(tails[i]);
        size_t folder = (size_t)(slash - path);
        if (len > 0 && folder > len && path[folder - len - 1] == '/' &&
            strncmp(slash - len, tails[i], len) == 0 &&
            !is_beside(matcher, path, folder - len - 1)) {
            return hb_strdup(slash + 1);
        }
    }
    return NULL;
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
    char *module = path[0] == '\0' ? NULL : module_of(matcher, path);
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

static bool begins_with_date(const char *line, size_t len)
{
    static const char form[] = "0000-00-00 00:00:00,000 - ";
    if (len < sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = line[i] >= '0' && line[i] <= '9';
        if (form[i] == '0' ? !digit : line[i] != form[i]) {
            return false;
        }
    }
    return true;
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

static bool begins_as_wanted(const char *message, size_t len)
{
    for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++) {
        size_t size = strlen(needles[i]);
        if (len >= size && message[0] == needles[i][0] &&
            memcmp(message, needles[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* Behind the next " - "; NULL: there is none. A field without spaces ends at
 * the first. */
static const char *next_field(const char *at, const char *end, bool spaces)
{
    while ((at = memchr(at, ' ', (size_t)(end - at))) != NULL &&
           end - at >= 3) {
        if (at[1] == '-' && at[2] == ' ') {
            return at + 3;
        }
        if (!spaces) {
            break;
        }
        at++;
    }
    return NULL;
}

/* May this be a record that says something to us? Nearly every line of a log
 * is none, so this is quick: the message comes behind date, level, thread and
 * logger, or with a request's id behind two fields more. */
static bool is_wanted(const char *line, size_t len)
{
    const char *end = line + len;
    const char *at = line + DATE_LEN;
    if (len < DATE_LEN + 3 || memcmp(at, " - ", 3) != 0) {
        return false;
    }
    at = next_field(at + 3, end, true); /* the level is padded */
    for (int fields = 3; at != NULL && fields <= 6; fields++) {
        at = next_field(at, end, false);
        if (at != NULL && fields % 2 == 0 &&
            begins_as_wanted(at, (size_t)(end - at))) {
            return memchr(line, '\0', len) == NULL; /* no record holds one */
        }
    }
    return false;
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
    if (count > 0 && is_wanted(line, len)) {
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
    if (!matcher->open && !is_wanted(line, len)) {
        return;
    }
    if (!begins_with_date(line, len)) {
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
