#include "target/probe.h"

#include "base/clock.h"
#include "base/paths.h"
#include "target/place.h"
#include "target/problem.h"
#include "target/read.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

/* Bytes that should be free where modules are delivered. */
#define FREE_BYTES_MIN (64ull * 1024 * 1024)
/* Seconds that a file's time may be ahead of the clock. */
#define AHEAD_SECONDS 2.0
/* Seconds after which a staging file is no delivery under way. */
#define STALE_SECONDS 60.0
/* Entries of a folder that are looked at. */
#define ENTRIES_MAX 20000
/* Where delivery stages, in a server's folder, and the end of the name of what
 * it keeps there. */
#define STAGING ".hotbridge"
#define KEPT ".kept"

static double age_of(const struct stat *st)
{
    return (double)hb_clock_wall() / 1000 -
           ((double)st->st_mtim.tv_sec + (double)st->st_mtim.tv_nsec / 1e9);
}

/* Counts the plain files of a folder that are older than this; those younger
 * than `ahead` (negative: in the future) are counted too. */
static void count_files(const char *folder, const char *suffix, size_t *old,
                        size_t *ahead)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    *old = 0;
    *ahead = 0;
    for (int i = 0; dir != NULL && i < ENTRIES_MAX; i++) {
        struct stat st;
        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        size_t len = strlen(entry->d_name);
        size_t size = strlen(suffix);
        if (len < size || strcmp(entry->d_name + len - size, suffix) != 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode)) {
            continue;
        }
        *old += age_of(&st) > STALE_SECONDS;
        *ahead += age_of(&st) < -AHEAD_SECONDS;
    }
    if (dir != NULL) {
        closedir(dir);
    }
}

static void check_disk(struct hb_target *target)
{
    dev_t told[16];
    size_t count = 0;
    for (size_t i = 0; i < target->server_count; i++) {
        const struct hb_server *server = &target->servers[i];
        struct statvfs fs;
        struct stat st;
        bool again = false;
        if (server->pickup == NULL || stat(server->pickup, &st) != 0 ||
            statvfs(server->pickup, &fs) != 0) {
            continue;
        }
        for (size_t k = 0; k < count; k++) {
            again = again || told[k] == st.st_dev;
        }
        unsigned long long room = (unsigned long long)fs.f_bavail * fs.f_frsize;
        bool full = fs.f_files > 0 && fs.f_favail == 0;
        if (again || (room >= FREE_BYTES_MIN && !full)) {
            continue;
        }
        if (count < sizeof told / sizeof *told) {
            told[count++] = st.st_dev;
        }
        hb_problem(&target->problems,
                   full ? "the disk of %s can hold no more files (%llu MiB "
                          "are free): make room"
                        : "the disk of %s is nearly full (%llu MiB are free): "
                          "make room",
                   server->pickup, room / (1024 * 1024));
    }
}

static void check_files(struct hb_target *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        const struct hb_server *server = &target->servers[i];
        char *staging = hb_path_join(server->path, STAGING);
        struct stat st;
        size_t old;
        size_t kept;
        size_t ahead = 0;
        count_files(staging, KEPT, &kept, &ahead);
        if (kept > 0) {
            hb_problem(
                &target->problems,
                "%s: %zu version%s of somebody else lay in the way of "
                "a delivery, and %s kept in %s: look at what ends in " KEPT
                ", then remove it",
                server->name, kept, kept == 1 ? "" : "s",
                kept == 1 ? "is" : "are", staging);
        }
        count_files(staging, "", &old, &ahead);
        if (old > kept) {
            hb_problem(&target->problems,
                       "%s: %zu stale file%s in %s, left by a bridge that was "
                       "killed: they may be removed",
                       server->name, old - kept, old - kept == 1 ? "" : "s",
                       staging);
        }
        free(staging);
        if (server->pickup != NULL) {
            count_files(server->pickup, ".py", &old, &ahead);
        }
        if (server->log != NULL && stat(server->log, &st) == 0) {
            ahead += age_of(&st) < -AHEAD_SECONDS;
        }
        if (ahead > 0) {
            hb_problem(&target->problems,
                       "%s: %zu file%s of it come%s from the future: set this "
                       "machine's clock right",
                       server->name, ahead, ahead == 1 ? "" : "s",
                       ahead == 1 ? "s" : "");
        }
    }
}

static void check_versions(struct hb_target *target)
{
    const struct hb_server *first = NULL;
    for (size_t i = 0; i < target->server_count; i++) {
        const struct hb_server *server = &target->servers[i];
        if (server->version == NULL) {
            continue;
        }
        if (first == NULL) {
            first = server;
        } else if (strcmp(first->version, server->version) != 0) {
            hb_problem(&target->problems,
                       "its servers are of different versions: %s is %s, %s "
                       "is %s",
                       first->name, first->version, server->name,
                       server->version);
            return;
        }
    }
}

static void check_running(struct hb_target *target)
{
    size_t stopped = 0;
    for (size_t i = 0; i < target->server_count; i++) {
        stopped += target->servers[i].running == HB_RUNNING_NO;
    }
    if (stopped > 0 && stopped == target->server_count) {
        hb_problem(&target->problems,
                   "no server of it runs, so nothing can be deployed: start "
                   "one with `zato start %s`",
                   target->servers[0].path);
    }
}

void hb_target_probe(struct hb_target *target)
{
    hb_strings_release(&target->problems);
    if (target->server_count == 0) {
        hb_strings_add(&target->problems, HB_PROBLEM_NO_SERVERS);
        return;
    }
    for (size_t i = 0; i < target->server_count; i++) {
        hb_server_probe(&target->servers[i], target->profile);
    }
    check_running(target);
    check_versions(target);
    check_disk(target);
    check_files(target);
}

/* One that we may not look into counts when it was named by the user: its
 * problems are told later. */
static bool is_server(const char *folder, bool named)
{
    struct stat st;
    char *conf = hb_path_join(folder, "config/repo/server.conf");
    int failed = stat(conf, &st) == 0 ? 0 : errno;
    free(conf);
    return failed == 0 ? S_ISREG(st.st_mode) : named && failed == EACCES;
}

/* server2 before server10. */
static int by_name(const void *a, const void *b)
{
    return strverscmp(*(char *const *)a, *(char *const *)b);
}

static bool find_below(const char *folder, struct hb_strings *found,
                       struct hb_error *err)
{
    DIR *dir = opendir(folder);
    struct dirent *entry;
    if (dir == NULL) {
        return hb_error_errno(err, HB_EUSAGE, errno, "cannot open %s", folder);
    }
    for (int i = 0; i < ENTRIES_MAX; i++) {
        entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] == '.') {
            continue;
        }
        char *path = hb_path_join(folder, entry->d_name);
        if (is_server(path, false)) {
            hb_strings_add(found, path);
        }
        free(path);
    }
    closedir(dir);
    if (found->count > 1) {
        qsort(found->items, found->count, sizeof *found->items, by_name);
    }
    return true;
}

bool hb_probe_find_servers(const char *path, struct hb_strings *servers,
                           struct hb_error *err)
{
    struct hb_strings found = {0};
    struct stat st;
    char *folder = hb_place_absolute(path);
    bool ok = false;
    if (stat(folder, &st) != 0) {
        hb_error_errno(err, HB_EUSAGE, errno, "cannot look at %s", folder);
        goto out;
    }
    if (!S_ISDIR(st.st_mode)) {
        hb_error_set(err, HB_EUSAGE,
                     "%s is not a folder: name a server's folder, or the "
                     "folder that holds the servers",
                     folder);
        goto out;
    }
    if (is_server(folder, true)) {
        hb_strings_add(&found, folder);
    } else if (!find_below(folder, &found, err)) {
        goto out;
    }
    if (found.count == 0) {
        hb_error_set(err, HB_EUSAGE,
                     "there is no Zato server in %s: name the folder that "
                     "holds config/repo/server.conf, or the one above it",
                     folder);
        goto out;
    }
    for (size_t i = 0; i < found.count; i++) {
        hb_strings_add(servers, found.items[i]);
    }
    ok = true;
out:
    hb_strings_release(&found);
    free(folder);
    return ok;
}
