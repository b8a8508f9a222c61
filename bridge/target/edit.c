#include "target/config.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/paths.h"
#include "base/text.h"
#include "target/place.h"
#include "target/read.h"
#include "target/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Largest file that is edited, in bytes. */
#define FILE_MAX (1024u * 1024)
/* Seconds to wait for another edit to end. */
#define LOCK_SECONDS 5.0

/* An edit works on a copy beside the file, which then takes its place: who
 * reads sees the old or the new one, whole. The folder is locked so that of
 * two edits at once neither is lost. */
struct edit {
    char *path;  /* where the file is, links followed */
    char *shown; /* its name in messages */
    char *copy;
    int folder; /* locked */
    mode_t mode;
    struct hb_config *before;
};

static char *parent(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL   ? hb_strdup(".")
           : slash == path ? hb_strdup("/")
                           : hb_strndup(path, (size_t)(slash - path));
}

static bool lock(struct edit *edit, const char *folder, struct hb_error *err)
{
    double deadline = hb_clock_monotonic() + LOCK_SECONDS;
    edit->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (edit->folder < 0) {
        return hb_error_errno(err, HB_ECONFIG, errno, "cannot open %s", folder);
    }
    while (flock(edit->folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            return hb_error_errno(err, HB_ECONFIG, errno, "cannot lock %s",
                                  folder);
        }
        if (hb_clock_monotonic() > deadline) {
            return hb_error_set(err, HB_ECONFIG,
                                "%s is being changed by another program: try "
                                "again when it has ended",
                                edit->shown);
        }
        usleep(20 * 1000);
    }
    return true;
}

/* Puts bytes into the copy, which is made with a name of its own. */
static bool copy_bytes(struct edit *edit, const char *bytes, size_t len,
                       struct hb_error *err)
{
    if (edit->copy != NULL) {
        unlink(edit->copy);
        free(edit->copy);
    }
    edit->copy = hb_format("%s.XXXXXX", edit->path);
    int fd = mkostemp(edit->copy, O_CLOEXEC); /* 0600 */
    if (fd < 0) {
        int failure = errno;
        free(edit->copy);
        edit->copy = NULL;
        return hb_error_errno(err, HB_ECONFIG, failure, "cannot write %s",
                              edit->shown);
    }
    bool ok = hb_file_write_all(fd, bytes, len);
    if (close(fd) != 0 || !ok) {
        return hb_error_errno(err, HB_ECONFIG, errno, "cannot write %s",
                              edit->shown);
    }
    return true;
}

static bool read_bytes(const struct edit *edit, const char *path, char **bytes,
                       size_t *len, struct hb_error *err)
{
    struct hb_error failure = {0};
    if (path == edit->path && access(path, F_OK) != 0) {
        *bytes = hb_strdup("");
        *len = 0;
        return true;
    }
    return hb_file_read(path, FILE_MAX, bytes, len, &failure) ||
           hb_error_set(err, HB_ECONFIG, "%s", failure.message);
}

static bool begin(struct edit *edit, const char *path, struct hb_error *err)
{
    struct hb_error failure = {0};
    struct stat st;
    char *real = realpath(path, NULL);
    *edit = (struct edit){.folder = -1, .mode = 0600};
    edit->path = real != NULL ? hb_strdup(real) : hb_strdup(path);
    free(real);
    edit->shown = hb_path_shorten(path);
    char *folder = parent(edit->path);
    bool ok = hb_path_make(folder, 0700, &failure) ||
              hb_error_set(err, HB_ECONFIG, "%s", failure.message);
    ok = ok && lock(edit, folder, err);
    free(folder);
    edit->before = ok ? hb_config_read(path, edit->shown, err) : NULL;
    if (edit->before == NULL) {
        return false;
    }
    if (stat(edit->path, &st) == 0) {
        edit->mode = st.st_mode & 07777;
    }
    return true;
}

/* Puts the copy in the file's place, if it reads as a configuration. */
static bool commit(struct edit *edit, struct hb_error *err)
{
    struct hb_config *after = hb_config_read(edit->copy, edit->shown, err);
    if (after == NULL) {
        return false;
    }
    hb_config_free(after);
    int fd = open(edit->copy, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fchmod(fd, edit->mode) == 0 && fsync(fd) == 0 &&
              rename(edit->copy, edit->path) == 0;
    if (!ok) {
        hb_error_errno(err, HB_ECONFIG, errno, "cannot write %s", edit->shown);
    } else {
        free(edit->copy);
        edit->copy = NULL;
        fsync(edit->folder); /* not all file systems can; the edit is done */
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static void edit_release(struct edit *edit)
{
    if (edit->copy != NULL) {
        unlink(edit->copy);
    }
    if (edit->folder >= 0) {
        close(edit->folder);
    }
    hb_config_free(edit->before);
    free(edit->copy);
    free(edit->shown);
    free(edit->path);
}

static bool refused(const struct edit *edit, struct hb_error *err)
{
    const git_error *git = git_error_last();
    return hb_error_set(err, HB_ECONFIG, "cannot write %s: %s", edit->shown,
                        git != NULL ? git->message : "no reason given");
}

/* Absolute, and none twice. */
static bool collect(const struct hb_strings *servers, struct hb_strings *paths,
                    struct hb_error *err)
{
    if (servers->count == 0) {
        return hb_error_set(err, HB_EUSAGE,
                            "a target needs at least one server's folder");
    }
    for (size_t i = 0; i < servers->count; i++) {
        const char *given = servers->items[i];
        if (!hb_text_is_utf8(given, strlen(given)) ||
            strpbrk(given, "\n\r\t") != NULL) {
            return hb_error_set(err, HB_EUSAGE,
                                "a server's path must be text in UTF-8 "
                                "without line ends and tabs");
        }
        char *path = hb_place_absolute(given);
        for (size_t k = 0; k < paths->count; k++) {
            if (hb_place_same(paths->items[k], path)) {
                hb_error_set(err, HB_EUSAGE,
                             "%s and %s are the same folder: name it once",
                             paths->items[k], path);
                free(path);
                return false;
            }
        }
        hb_strings_add(paths, path);
        free(path);
    }
    return true;
}

/* Quoted always: a path may hold what would begin a comment, and libgit2 does
 * not escape quotes when it writes. */
static void print_quoted(struct hb_buffer *text, const char *value)
{
    hb_buffer_print(text, "\"");
    for (const char *at = value; *at != '\0'; at++) {
        bool escape = *at == '"' || *at == '\\';
        hb_buffer_print(text, "%s%c", escape ? "\\" : "", *at);
    }
    hb_buffer_print(text, "\"");
}

static bool is_plain(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789~/._-+@";
    return strspn(value, plain) == strlen(value);
}

/* The file's text with the new section behind it. */
static void append_target(struct hb_buffer *text, const char *name,
                          const struct hb_strings *paths)
{
    if (text->len > 0 && text->data[text->len - 1] != '\n') {
        hb_buffer_print(text, "\n");
    }
    hb_buffer_print(text, "[target \"%s\"]\n", name);
    for (size_t i = 0; i < paths->count; i++) {
        char *value = hb_path_shorten(paths->items[i]);
        hb_buffer_print(text, "\tserver = ");
        if (is_plain(value)) {
            hb_buffer_print(text, "%s", value);
        } else {
            print_quoted(text, value);
        }
        hb_buffer_print(text, "\n");
        free(value);
    }
}

/* What was written must read as it was meant. */
static bool holds_target(const struct edit *edit, const char *name,
                         const struct hb_strings *paths, struct hb_error *err)
{
    struct hb_config *after = hb_config_read(edit->copy, edit->shown, err);
    const struct hb_target *target =
        after == NULL ? NULL : hb_config_find(after, name);
    bool ok = target != NULL && target->server_count == paths->count;
    for (size_t i = 0; ok && i < paths->count; i++) {
        ok = strcmp(target->servers[i].path, paths->items[i]) == 0;
    }
    hb_config_free(after);
    return ok || hb_error_set(err, HB_ECONFIG,
                              "%s does not take the new section at its end: "
                              "look at its last lines",
                              edit->shown);
}

static bool set_default(struct edit *edit, const char *name,
                        struct hb_error *err)
{
    git_config *git = NULL;
    int status = git_config_open_ondisk(&git, edit->copy);
    if (status == 0) {
        status = git_config_set_string(git, "bridge.defaultTarget", name);
    }
    git_config_free(git);
    return status == 0 || refused(edit, err);
}

/* The first target of a file becomes the default one; that section comes
 * first, so it is written first. */
static bool write_target(struct edit *edit, const char *name,
                         const struct hb_strings *paths, struct hb_error *err)
{
    struct hb_buffer text = {0};
    char *bytes = NULL;
    size_t len = 0;
    bool ok = read_bytes(edit, edit->path, &bytes, &len, err) &&
              copy_bytes(edit, bytes, len, err) &&
              (edit->before->target_count > 0 || set_default(edit, name, err));
    free(bytes);
    bytes = NULL;
    if (ok && read_bytes(edit, edit->copy, &bytes, &len, err)) {
        ok = hb_buffer_add(&text, bytes, len);
        append_target(&text, name, paths);
        ok = ok && copy_bytes(edit, text.data, text.len, err) &&
             holds_target(edit, name, paths, err);
    } else {
        ok = false;
    }
    free(bytes);
    hb_buffer_release(&text);
    return ok;
}

bool hb_config_add_target(const char *path, const char *name,
                          const struct hb_strings *servers,
                          struct hb_error *err)
{
    struct hb_strings paths = {0};
    struct edit edit = {.folder = -1};
    bool ok = false;
    git_libgit2_init();
    if (!hb_text_is_target(name)) {
        hb_error_set(err, HB_EUSAGE,
                     "`%s` is not a target's name: use a-z, 0-9, \".\", \"_\" "
                     "and \"-\", beginning with a letter or digit",
                     hb_text_is_utf8(name, strlen(name)) ? name : "?");
        goto out;
    }
    if (!collect(servers, &paths, err) || !begin(&edit, path, err)) {
        goto out;
    }
    if (hb_config_find(edit.before, name) != NULL) {
        hb_error_set(err, HB_EUSAGE,
                     "there is a target `%s` already: take another name, or "
                     "remove it first",
                     name);
        goto out;
    }
    ok = write_target(&edit, name, &paths, err) && commit(&edit, err);
out:
    git_libgit2_shutdown();
    edit_release(&edit);
    hb_strings_release(&paths);
    return ok;
}

/* The bytes of [start, end) and what is left of the last line. */
static size_t cut(char *bytes, size_t len, size_t start, size_t end)
{
    while (start > 0 && (bytes[start - 1] == ' ' || bytes[start - 1] == '\t')) {
        start--;
    }
    while (end < len && bytes[end] != '\n') {
        end++;
    }
    end += end < len;
    memmove(bytes + start, bytes + end, len - end);
    return len - (end - start);
}

/* Takes each section of that name out, from its header to its last key with
 * the comments between; those behind it stay, as they may be the next one's.
 * From the last to the first, so that places stay true. */
static bool remove_sections(char *bytes, size_t *len, const char *name,
                            const struct edit *edit, struct hb_error *err)
{
    struct hb_scan scan;
    char *section = hb_format("target.%s", name);
    size_t next = 0;
    bool ok = true;
    hb_scan_read(&scan, bytes, *len);
    next = scan.count;
    for (size_t i = scan.count; ok && i-- > 0;) {
        const struct hb_scan_item *item = &scan.items[i];
        if (item->word != NULL) {
            continue;
        }
        if (strcmp(item->name, section) == 0) {
            const struct hb_scan_item *last = &scan.items[next - 1];
            bool shared = (i > 0 && scan.items[i - 1].line == item->line) ||
                          (next < scan.count &&
                           memchr(bytes + last->end, '\n',
                                  scan.items[next].start - last->end) == NULL);
            if (shared) {
                ok = hb_error_set(err, HB_ECONFIG,
                                  "%s line %d: other things stand on the line "
                                  "of [target \"%s\"]: remove it by hand",
                                  edit->shown, item->line, name);
            } else {
                *len = cut(bytes, *len, item->start, last->end);
            }
        }
        next = i;
    }
    hb_scan_release(&scan);
    free(section);
    return ok;
}

static bool forget_default(struct edit *edit, struct hb_error *err)
{
    git_config *git = NULL;
    int status = git_config_open_ondisk(&git, edit->copy);
    if (status == 0) {
        status = git_config_delete_multivar(git, "bridge.defaulttarget", ".*");
    }
    git_config_free(git);
    return status == 0 || refused(edit, err);
}

bool hb_config_remove_target(const char *path, const char *name,
                             struct hb_error *err)
{
    struct edit edit = {.folder = -1};
    char *bytes = NULL;
    size_t len = 0;
    bool ok = false;
    git_libgit2_init();
    if (!begin(&edit, path, err) ||
        hb_config_target(edit.before, name, err) == NULL) {
        goto out;
    }
    const char *current = edit.before->default_target;
    bool is_default = current != NULL && strcmp(current, name) == 0;
    ok = read_bytes(&edit, edit.path, &bytes, &len, err) &&
         remove_sections(bytes, &len, name, &edit, err) &&
         copy_bytes(&edit, bytes, len, err) &&
         (!is_default || forget_default(&edit, err)) && commit(&edit, err);
out:
    git_libgit2_shutdown();
    free(bytes);
    edit_release(&edit);
    return ok;
}
