#include "history/aside.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/disk.h"
#include "base/paths.h"
#include "history/check.h"
#include "history/heal.h"
#include "history/objects.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* Behind the name of what is to be set aside, on its way there. */
#define BETWEEN ".old"

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* Where it will be found again. */
static char *name_aside(const struct hb_repo *repo)
{
    long long now = (long long)(hb_clock_wall() / 1000);
    char *aside = hb_format("%s" HB_REPO_DAMAGED "%lld", repo->path, now);
    while (is_there(aside)) { /* a second one in a second */
        free(aside);
        aside = hb_format("%s" HB_REPO_DAMAGED "%lld", repo->path, ++now);
    }
    return aside;
}

static char *describe(const struct hb_heal *heal, const char *why)
{
    struct hb_buffer out = {0};
    hb_buffer_print(&out,
                    "the history was damaged (%s) and is set aside as %s; a "
                    "new one has taken over %zu branch%s",
                    why, heal->aside, heal->branches,
                    heal->branches == 1 ? "" : "es");
    if (heal->shorter > 0) {
        hb_buffer_print(&out, ", %zu of them found again from %s commits",
                        heal->shorter, heal->shorter == 1 ? "its" : "their");
    }
    if (heal->bad + heal->packs + heal->lost == 0) {
        hb_buffer_print(&out, ", and nothing is missing");
    } else {
        hb_buffer_print(&out,
                        "; %zu object%s and %zu pack%s could not be read "
                        "whole, %zu that are referred to are missing: "
                        "versions that need them cannot be shown",
                        heal->bad, heal->bad == 1 ? "" : "s", heal->packs,
                        heal->packs == 1 ? "" : "s", heal->lost);
    }
    return hb_buffer_take(&out);
}

/* The words stay beside what was set aside, for `hotbridge doctor`. */
static void write_words(const char *aside, const char *words)
{
    struct hb_error err = {0};
    char *path = hb_format("%s.txt", aside);
    char *text = hb_format("%s\n", words);
    if (!hb_file_replace(path, text, strlen(text), 0600, false, &err)) {
        LOG_WARN("%s", err.message);
    }
    free(text);
    free(path);
}

/* Both names at once where the file system can: no kill finds half of it.
 * Elsewhere hb_aside_finish() ends it. False: nothing has changed, or the
 * damaged one has no name but "*aside.old". */
static bool swap(const char *damaged, char **aside, struct hb_error *err)
{
    const char *whole = *aside;
    if (renameat2(AT_FDCWD, whole, AT_FDCWD, damaged, RENAME_EXCHANGE) == 0) {
        return true;
    }
    char *between = hb_format("%s" BETWEEN, whole);
    bool moved = rename(damaged, between) == 0;
    bool ok = moved && rename(whole, damaged) == 0;
    if (!ok) {
        int failure = errno;
        bool back = !moved || rename(between, damaged) == 0;
        hb_error_errno(err, HB_EHISTORY, failure,
                       back ? "the history %s is damaged and cannot be moved "
                              "aside"
                            : "the history %s is damaged and half moved "
                              "aside, which the next start ends",
                       damaged);
    } else if (rename(between, whole) != 0) {
        LOG_WARN("%s keeps that name for now: %s", between, strerror(errno));
        free(*aside);
        *aside = hb_strdup(between);
    }
    free(between);
    return ok;
}

/* While the disk cannot be read, all looks lost. */
static bool is_sound(const struct hb_repo *repo, const struct hb_heal *heal,
                     struct hb_error *err)
{
    git_repository *git = NULL;
    struct hb_error why = {0};
    bool ok =
        hb_check_readable(heal->from, &why) &&
        (hb_objects_open(&git, heal->aside, repo->flush_all) == 0 ||
         hb_error_set(&why, HB_EHISTORY, "%s", git_error_last()->message)) &&
        hb_check_tips(git, &why);
    git_repository_free(git);
    return ok || hb_error_set(err, HB_EHISTORY,
                              "the history %s stays as it is: a new one "
                              "cannot be read (%s)",
                              heal->from, why.message);
}

/* The new one is made whole under the name that the damaged one gets, and
 * then they change places. */
bool hb_aside_replace(struct hb_repo *repo, const char *why, char **notice,
                      struct hb_error *err)
{
    char *path = repo->path;
    int old = repo->lock;
    struct hb_error blind = {0};
    if (!hb_disk_can_open(HB_REPO_FILES, &blind) ||
        !hb_check_readable(path, &blind)) {
        return hb_error_set(err, HB_EHISTORY,
                            "the history cannot be read (%s): %s",
                            blind.message, why);
    }
    struct hb_heal heal = {
        .repo = repo, .from = path, .aside = name_aside(repo)};
    LOG_WARN("the history is damaged (%s): a new one takes over what is whole",
             why);
    repo->lock = -1;
    repo->path = heal.aside;
    bool ok = hb_repo_make(repo, err) && hb_heal(&heal, err);
    git_repository_free(repo->git);
    repo->git = NULL;
    repo->path = path;
    ok = ok && is_sound(repo, &heal, err);
    ok = ok && swap(path, &heal.aside, err);
    if (!ok && is_there(path) && !hb_path_remove(heal.aside, &blind)) {
        LOG_WARN("what was made in vain stays: %s", blind.message);
    }
    if (ok && hb_objects_open(&repo->git, path, repo->flush_all) != 0) {
        ok = hb_repo_error(err, "the new one cannot be opened");
    }
    if (ok) {
        *notice = describe(&heal, why);
        write_words(heal.aside, *notice);
    }
    if (old >= 0) {
        close(old);
    }
    free(heal.aside);
    return ok;
}

/* ---- a swap that was cut short ----------------------------------------- */

static bool is_digits(const char *text, size_t len)
{
    return len > 0 && strspn(text, "0123456789") >= len;
}

/* What a swap left under its name in between, or NULL. False with errno. */
static bool find_between(const char *path, char **found)
{
    char *folder = hb_strdup(path);
    char *name = strrchr(folder, '/');
    *name++ = '\0';
    char *prefix = hb_format("%s" HB_REPO_DAMAGED, name);
    size_t start = strlen(prefix);
    DIR *dir = opendir(folder);
    bool ok = dir != NULL || errno == ENOENT;
    int failure = errno;
    *found = NULL;
    for (struct dirent *entry;
         *found == NULL && dir != NULL && (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (len > start + strlen(BETWEEN) &&
            strncmp(entry->d_name, prefix, start) == 0 &&
            is_digits(entry->d_name + start, len - start - strlen(BETWEEN)) &&
            strcmp(entry->d_name + len - strlen(BETWEEN), BETWEEN) == 0) {
            *found = hb_path_join(folder, entry->d_name);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    free(prefix);
    free(folder);
    errno = failure;
    return ok;
}

/* What was on its way gets the name that is told, and so do the words. */
static bool move_aside(const char *between, const char *aside)
{
    if (is_there(aside)) {
        return true; /* by hand, and so it stays */
    }
    if (rename(between, aside) != 0) {
        return false;
    }
    char *from = hb_format("%s.txt", between);
    char *to = hb_format("%s.txt", aside);
    if (rename(from, to) != 0 && errno != ENOENT) {
        LOG_WARN("%s keeps that name: %s", from, strerror(errno));
    }
    LOG_WARN("a damaged history is set aside as %s, which had been cut short",
             aside);
    free(to);
    free(from);
    return true;
}

bool hb_aside_finish(const char *path, struct hb_error *err)
{
    char *between;
    bool there = is_there(path);
    if (!find_between(path, &between) && !there) {
        return hb_error_errno(err, HB_EHISTORY, errno,
                              "cannot look for the history %s", path);
    }
    if (between == NULL) {
        return true;
    }
    char *aside = hb_strndup(between, strlen(between) - strlen(BETWEEN));
    /* The new one was whole before the first name changed. */
    bool ok = there || rename(aside, path) == 0;
    if (!ok) {
        hb_error_errno(err, HB_EHISTORY, errno,
                       "the history is half moved aside, and %s cannot take "
                       "its name %s",
                       aside, path);
    } else if (!move_aside(between, aside)) {
        LOG_WARN("%s keeps that name for now: %s", between, strerror(errno));
    }
    free(aside);
    free(between);
    return ok;
}
