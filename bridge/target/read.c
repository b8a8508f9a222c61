#include "target/read.h"

#include "base/paths.h"
#include "base/text.h"
#include "target/place.h"
#include "target/scan.h"
#include "target/values.h"

#include <errno.h>
#include <git2.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Largest file that is read, in bytes. */
#define FILE_MAX (1024u * 1024)
#define TARGETS_MAX 256
#define SERVERS_MAX 64

struct reader {
    const char *shown; /* the file's name in messages */
    struct hb_config *config;
    struct hb_scan scan;
    struct hb_error *err;
};

/* One entry as libgit2 gives it, split up. */
struct entry {
    const char *value;
    const char *word; /* the key as it was written */
    int line;
};

static bool bad(const struct reader *reader, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool bad(const struct reader *reader, int line, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) {
        text = NULL;
    }
    va_end(args);
    hb_error_set(reader->err, HB_ECONFIG, "%s line %d: %s", reader->shown, line,
                 text == NULL ? "not understood" : text);
    free(text);
    return false;
}

struct hb_target *hb_config_find(const struct hb_config *config,
                                 const char *name)
{
    for (size_t i = 0; i < config->target_count; i++) {
        if (strcmp(config->targets[i]->name, name) == 0) {
            return config->targets[i];
        }
    }
    return NULL;
}

static bool add_target(struct reader *reader, const char *name, int line)
{
    struct hb_config *config = reader->config;
    if (!hb_text_is_target(name)) {
        return bad(reader, line,
                   "`%s` is not a target's name: use a-z, 0-9, \".\", \"_\" "
                   "and \"-\", beginning with a letter or digit",
                   hb_text_is_utf8(name, strlen(name)) ? name : "?");
    }
    if (hb_config_find(config, name) != NULL) {
        return true;
    }
    if (config->target_count == TARGETS_MAX) {
        return bad(reader, line, "more than %d targets", TARGETS_MAX);
    }
    config->targets = hb_realloc_array(
        config->targets, config->target_count + 1, sizeof(struct hb_target *));
    config->targets[config->target_count++] = hb_target_new(name);
    return true;
}

/* Headers first: a section without keys is one all the same, and libgit2 must
 * not see an [include], which it would follow. */
static bool read_headers(struct reader *reader)
{
    for (size_t i = 0; i < reader->scan.count; i++) {
        const struct hb_scan_item *item = &reader->scan.items[i];
        char *target = NULL;
        bool ok = true;
        if (item->word != NULL || strcmp(item->name, "bridge") == 0) {
            continue;
        }
        if (hb_scan_is_target(item->name, &target)) {
            ok = add_target(reader, target, item->line);
        } else {
            bool utf8 = hb_text_is_utf8(item->name, strlen(item->name));
            ok = bad(reader, item->line,
                     "unknown section `%s`: there are [bridge] and [target "
                     "\"NAME\"]",
                     utf8 ? item->name : "?");
        }
        free(target);
        if (!ok) {
            return false;
        }
    }
    return true;
}

/* libgit2 and git disagree on where a value of several lines ends when an
 * empty line or a comment follows. */
static bool check_lines(struct reader *reader)
{
    int line = reader->scan.continued;
    return line == 0 || bad(reader, line,
                            "a value must stand on one line: take the "
                            "backslash at its end away");
}

static bool add_server(struct reader *reader, struct hb_target *target,
                       const struct entry *entry)
{
    const char *value = entry->value;
    size_t len = strlen(value);
    if (len >= PATH_MAX || !hb_text_is_utf8(value, len) ||
        strpbrk(value, "\n\r\t") != NULL) {
        return bad(reader, entry->line, "server is not a path of text");
    }
    char *full = hb_path_expand(value);
    char *path = hb_place_clean(full);
    bool ok = full[0] == '/';
    if (!ok) {
        bad(reader, entry->line,
            "server = %s: write the whole path, beginning with / or ~/", value);
    }
    for (size_t i = 0; ok && i < target->server_count; i++) {
        if (hb_place_same(target->servers[i].path, path)) {
            ok = bad(reader, entry->line,
                     "server = %s is the same folder as %s, which the target "
                     "has already: remove one of the two lines",
                     value, target->servers[i].path);
        }
    }
    if (ok && target->server_count == SERVERS_MAX) {
        ok = bad(reader, entry->line, "more than %d servers in one target",
                 SERVERS_MAX);
    }
    if (ok) {
        hb_target_add_server(target, path, path);
    }
    free(path);
    free(full);
    return ok;
}

static bool bad_word(struct reader *reader, const struct entry *entry,
                     const char *words)
{
    bool utf8 = hb_text_is_utf8(entry->value, strlen(entry->value));
    return bad(reader, entry->line, "%s = %s: it must be %s", entry->word,
               utf8 ? entry->value : "?", words);
}

static bool read_target_key(struct reader *reader, struct hb_target *target,
                            const char *key, const struct entry *entry)
{
    const char *value = entry->value;
    const char *words = NULL;
    if (strcmp(key, "server") == 0) {
        return add_server(reader, target, entry);
    }
    if (strcmp(key, "onsave") == 0) {
        words = hb_on_save_parse(value, &target->on_save)
                    ? NULL
                    : "marker, always or never";
    } else if (strcmp(key, "onconflict") == 0) {
        words = hb_on_conflict_parse(value, &target->on_conflict)
                    ? NULL
                    : "stop or overwrite";
    } else if (strcmp(key, "guard") == 0) {
        words = hb_guard_parse(value, &target->guard)
                    ? NULL
                    : "none, confirm or manual";
    } else if (strcmp(key, "deliver") == 0) {
        words = hb_deliver_parse(value, &target->deliver)
                    ? NULL
                    : "auto, first or all";
    } else if (strcmp(key, "profile") == 0) {
        words = hb_profile_parse(value, &target->profile) &&
                        target->profile != HB_PROFILE_UNKNOWN
                    ? NULL
                    : "auto, zato-2, zato-3.2 or zato-4";
    } else if (strcmp(key, "confirmtimeout") == 0) {
        words = hb_value_duration(value, &target->confirm_timeout)
                    ? NULL
                    : "a time from 1s to 1h, such as 30s, 2m or 1500ms";
    } else {
        return bad(reader, entry->line,
                   "unknown key `%s`: a target has server, onSave, "
                   "onConflict, guard, confirmTimeout, profile and deliver",
                   entry->word);
    }
    return words == NULL || bad_word(reader, entry, words);
}

static bool read_bridge_key(struct reader *reader, const char *key,
                            const struct entry *entry)
{
    struct hb_config *config = reader->config;
    if (strcmp(key, "defaulttarget") == 0) {
        if (!hb_text_is_target(entry->value)) {
            return bad_word(reader, entry, "the name of a target");
        }
        hb_replace(&config->default_target, entry->value);
        return true;
    }
    if (strcmp(key, "maxmodulesize") == 0) {
        return hb_value_size(entry->value, &config->max_module_size) ||
               bad_word(reader, entry,
                        "a size from 1 to 6m, such as 512k or 2m");
    }
    return bad(reader, entry->line,
               "unknown key `%s`: [bridge] has defaultTarget and "
               "maxModuleSize",
               entry->word);
}

static bool read_entry(struct reader *reader, const git_config_entry *git,
                       size_t *from)
{
    const struct hb_scan_item *item =
        hb_scan_find(&reader->scan, git->name, from);
    const char *dot = strrchr(git->name, '.');
    const char *key = dot == NULL ? git->name : dot + 1;
    struct entry entry = {
        .value = git->value,
        .word = item == NULL ? key : item->word,
        .line = item == NULL ? 0 : item->line,
    };
    if (dot == NULL) {
        return bad(reader, entry.line,
                   "%s stands in no section: put it below "
                   "[bridge] or [target \"NAME\"]",
                   entry.word);
    }
    if (git->value == NULL) {
        return bad(reader, entry.line, "%s has no value: write %s = …",
                   entry.word, entry.word);
    }
    char *section = hb_strndup(git->name, (size_t)(dot - git->name));
    char *name = NULL;
    bool ok;
    if (strcmp(section, "bridge") == 0) {
        ok = read_bridge_key(reader, key, &entry);
    } else if (hb_scan_is_target(section, &name)) {
        ok = add_target(reader, name, entry.line) &&
             read_target_key(reader, hb_config_find(reader->config, name), key,
                             &entry);
    } else {
        ok = bad(reader, entry.line, "unknown section `%s`", section);
    }
    free(name);
    free(section);
    return ok;
}

/* libgit2's words are "failed to parse config file: WHAT (in PATH:LINE)", or
 * for a value "invalid escape at X" and no line. */
static bool unreadable(struct reader *reader)
{
    static const char prefix[] = "failed to parse config file: ";
    const git_error *git = git_error_last();
    const char *what = git == NULL ? "git cannot read it" : git->message;
    int line = reader->scan.bad_escape;
    if (line != 0 && strstr(what, "escape") != NULL) {
        return bad(reader, line, "write \\\\ for a backslash in a value");
    }
    if (strncmp(what, prefix, strlen(prefix)) == 0) {
        what += strlen(prefix);
    }
    const char *place = strstr(what, " (in ");
    const char *colon = place == NULL ? NULL : strrchr(place, ':');
    if (colon == NULL) {
        return hb_error_set(reader->err, HB_ECONFIG, "%s cannot be read: %s",
                            reader->shown, what);
    }
    return bad(reader, atoi(colon + 1), "%.*s", (int)(place - what), what);
}

static bool read_entries(struct reader *reader, const char *path)
{
    git_config *git = NULL;
    git_config_iterator *iterator = NULL;
    git_config_entry *entry;
    size_t from = 0;
    bool ok = true;
    int status = git_config_open_ondisk(&git, path);
    if (status == 0) {
        status = git_config_iterator_new(&iterator, git);
    }
    while (status == 0 && ok &&
           (status = git_config_next(&entry, iterator)) == 0) {
        ok = read_entry(reader, entry, &from);
    }
    if (ok && status != GIT_ITEROVER) {
        ok = unreadable(reader);
    }
    git_config_iterator_free(iterator);
    git_config_free(git);
    return ok;
}

static void finish(struct hb_config *config)
{
    for (size_t i = 0; i < config->target_count; i++) {
        struct hb_target *target = config->targets[i];
        hb_place_name_servers(target);
        if (target->server_count == 0) {
            hb_strings_add(&target->problems, HB_PROBLEM_NO_SERVERS);
        }
    }
}

/* 1: there, 0: not there, -1: cannot be looked at. */
static int look(const char *path, const char *shown, struct hb_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        return 1;
    }
    if (errno != ENOENT && errno != ENOTDIR) {
        hb_error_errno(err, HB_ECONFIG, errno, "cannot read %s", shown);
        return -1;
    }
    if (lstat(path, &st) == 0) {
        hb_error_set(err, HB_ECONFIG,
                     "%s is a link to a file that is not there: put it back, "
                     "or remove the link",
                     shown);
        return -1;
    }
    return 0;
}

struct hb_config *hb_config_read(const char *path, const char *shown,
                                 struct hb_error *err)
{
    struct hb_config *config = hb_alloc(sizeof *config);
    struct reader reader = {.shown = shown, .config = config, .err = err};
    struct hb_error failure = {0};
    char *bytes = NULL;
    size_t len = 0;
    bool ok = false;
    config->max_module_size = HB_CONFIG_MODULE_SIZE;
    int there = look(path, shown, err);
    if (there <= 0) {
        ok = there == 0;
        goto out;
    }
    if (!hb_file_read(path, FILE_MAX, &bytes, &len, &failure)) {
        hb_error_set(err, HB_ECONFIG, "%s", failure.message);
        goto out;
    }
    if (len > 0 && memchr(bytes, '\0', len) != NULL) {
        hb_error_set(err, HB_ECONFIG, "%s holds NUL bytes: it is not text",
                     shown);
        goto out;
    }
    hb_scan_read(&reader.scan, bytes, len);
    git_libgit2_init();
    ok = read_headers(&reader) && check_lines(&reader) &&
         read_entries(&reader, path);
    git_libgit2_shutdown();
    hb_scan_release(&reader.scan);
out:
    free(bytes);
    if (!ok) {
        hb_config_free(config);
        return NULL;
    }
    finish(config);
    return config;
}
