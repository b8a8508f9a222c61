#include "delivery/place.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "delivery"
#include "base/log.h"

/* How often a name that changes under our eyes is tried again. */
#define TRIES 5

/* A file being placed: where it is staged, and where it goes. */
struct place {
    int pickup;
    int staging; /* the staging folder, or a copy of pickup */
    bool beside; /* it is a copy of pickup */
    char name[64];
    bool staged;
    struct stat ours; /* of the staged file */
    int stuck; /* why what is staged, another's, cannot be put back, or 0 */
};

static void set_times(struct timespec times[2], int64_t mtime)
{
    times[0] = (struct timespec){.tv_sec = mtime};
    times[1] = times[0];
}

/* The server's own staging folder, or -1 where it cannot be had. */
static int staging_folder(const struct hb_server *server)
{
    int home =
        server->home == NULL ? -1 : hb_beneath_folder(server->home, NULL);
    if (home < 0) {
        return -1;
    }
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(home, HB_STAGING, flags);
    if (fd < 0 && errno == ENOENT &&
        (mkdirat(home, HB_STAGING, 0700) == 0 || errno == EEXIST)) {
        fd = openat(home, HB_STAGING, flags);
    }
    close(home);
    return fd;
}

/* The new file's mode and group are those of the file that it replaces. A
 * group that we may not give stays our own. */
static bool take_over(int fd, const struct stat *old)
{
    mode_t mode = old == NULL ? 0644 : old->st_mode & 0777;
    if (old != NULL && fchown(fd, (uid_t)-1, old->st_gid) != 0 &&
        errno != EPERM) {
        return false;
    }
    return fchmod(fd, mode) == 0;
}

/* Writes the bytes under a name of ours in the staging folder. */
static bool stage(struct place *place, const struct hb_put_request *request,
                  enum hb_disk disk, const struct stat *old, int64_t mtime)
{
    struct timespec times[2];
    int fd = openat(place->staging, place->name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                    HB_STAGED_MODE);
    if (fd < 0) {
        return false;
    }
    place->staged = true;
    set_times(times, mtime);
    bool ok = hb_file_write_all(fd, request->bytes, request->len) &&
              take_over(fd, old) && futimens(fd, times) == 0 &&
              fstat(fd, &place->ours) == 0 && hb_disk_wait(disk, fd);
    int failure = errno;
    if (close(fd) != 0 && ok) {
        return false;
    }
    errno = failure;
    return ok;
}

static bool swap(const struct place *place, const char *module, unsigned flags)
{
    return renameat2(place->staging, place->name, place->pickup, module,
                     flags) == 0;
}

static bool is_ours(const struct place *place)
{
    struct stat st;
    return fstatat(place->staging, place->name, &st, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           st.st_ino == place->ours.st_ino && st.st_dev == place->ours.st_dev;
}

/* Puts back what came out. False when that cannot be: ours lies there. */
static bool put_back(struct place *place, const char *module)
{
    for (int i = 0; i < TRIES; i++) {
        if (swap(place, module, RENAME_EXCHANGE)) {
            /* What was put over ours meanwhile is the newest: not ours to
             * take away. */
            if (!is_ours(place) && !swap(place, module, RENAME_EXCHANGE)) {
                place->stuck = errno;
            }
            return true;
        }
        /* Ours was taken away meanwhile. */
        if (errno == ENOENT && swap(place, module, RENAME_NOREPLACE)) {
            place->staged = false;
            return true;
        }
    }
    place->stuck = errno;
    return false;
}

/* After an exchange: is what came out what was expected? */
static enum hb_place came_out(struct place *place, const char *module,
                              const char *expected,
                              struct hb_beneath_file *found)
{
    if (hb_beneath_read(place->staging, place->name, found)) {
        if (strcmp(found->blob, expected) == 0) {
            hb_beneath_release(found);
            return HB_PLACE_DONE;
        }
        if (put_back(place, module)) {
            return HB_PLACE_FOUND;
        }
        hb_beneath_release(found);
        return HB_PLACE_DONE;
    }
    int failure = errno;
    if (!put_back(place, module)) {
        return HB_PLACE_DONE;
    }
    errno = failure;
    return failure == ELOOP ? HB_PLACE_LINK : HB_PLACE_FAILED;
}

/* Moves the staged file to its place. */
static enum hb_place move_in(struct place *place, const char *module,
                             const char *expected,
                             struct hb_beneath_file *found)
{
    for (int i = 0; i < TRIES; i++) {
        if (swap(place, module, RENAME_EXCHANGE)) {
            return came_out(place, module, expected, found);
        }
        if (errno != ENOENT) {
            break;
        }
        if (swap(place, module, RENAME_NOREPLACE)) {
            place->staged = false;
            return HB_PLACE_DONE;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    if (errno == EINVAL) { /* a file system that cannot exchange */
        if (!hb_beneath_read(place->pickup, module, found)) {
            return errno == ELOOP ? HB_PLACE_LINK : HB_PLACE_FAILED;
        }
        if (strcmp(found->blob, expected) != 0) {
            return HB_PLACE_FOUND;
        }
        hb_beneath_release(found);
        if (swap(place, module, 0)) {
            place->staged = false;
            return HB_PLACE_DONE;
        }
    }
    return HB_PLACE_FAILED;
}

bool hb_place_touch(int folder, const char *module, const struct stat *ours,
                    int64_t mtime)
{
    struct timespec times[2];
    struct stat st;
    set_times(times, mtime);
    int fd = hb_beneath_open(folder, module, O_WRONLY, 0);
    if (fd < 0) {
        return false;
    }
    bool ok = fstat(fd, &st) == 0;
    if (ok && (st.st_ino != ours->st_ino || st.st_dev != ours->st_dev)) {
        errno = ESTALE;
        ok = false;
    }
    ok = ok && futimens(fd, times) == 0;
    int failure = errno;
    ok = close(fd) == 0 && ok;
    errno = failure;
    return ok;
}

/* Stages and moves; a staging folder on another file system, or none at all,
 * gives way to a name in the pickup directory that no watcher takes. */
static enum hb_place run(struct place *place,
                         const struct hb_put_request *request,
                         const struct hb_server *server, const char *expected,
                         int64_t mtime, struct hb_beneath_file *found)
{
    struct stat old;
    const struct stat *replaced =
        fstatat(place->pickup, request->module, &old, AT_SYMLINK_NOFOLLOW) == 0
            ? &old
            : NULL;
    if (replaced != NULL && S_ISLNK(old.st_mode)) {
        errno = ELOOP;
        return HB_PLACE_LINK;
    }
    place->staging = staging_folder(server);
    if (place->staging >= 0 &&
        stage(place, request, server->disk, replaced, mtime)) {
        enum hb_place outcome =
            move_in(place, request->module, expected, found);
        if (outcome != HB_PLACE_FAILED || errno != EXDEV) {
            return outcome;
        }
        unlinkat(place->staging, place->name, 0);
    } else if (place->staging >= 0 && errno != EACCES && errno != EROFS) {
        return HB_PLACE_FAILED;
    }
    if (place->staging >= 0) {
        close(place->staging);
    }
    place->staged = false;
    place->beside = true;
    place->staging = fcntl(place->pickup, F_DUPFD_CLOEXEC, 3);
    if (place->staging < 0 ||
        !stage(place, request, server->disk, replaced, mtime)) {
        return HB_PLACE_FAILED;
    }
    return move_in(place, request->module, expected, found);
}

/* Gives the version of somebody else that is staged a name under which nobody
 * removes it, and says so. */
static char *keep(const struct place *place, const struct hb_server *server)
{
    char *kept = hb_format("%s" HB_KEPT, place->name);
    char *folder = place->beside ? hb_strdup(server->pickup)
                                 : hb_path_join(server->home, HB_STAGING);
    bool renamed = renameat2(place->staging, place->name, place->staging, kept,
                             RENAME_NOREPLACE) == 0;
    char *words =
        hb_format("another version was put into %s at this very moment, and "
                  "could not be put back (%s): it is kept as %s/%s",
                  server->pickup, strerror(place->stuck), folder,
                  renamed ? kept : place->name);
    free(folder);
    free(kept);
    return words;
}

enum hb_place hb_place_file(const struct hb_put_request *request,
                            const struct hb_server *server,
                            const char *expected, int64_t mtime,
                            struct hb_beneath_file *found, struct hb_rest *rest,
                            struct hb_error *err)
{
    struct place place = {.staging = -1};
    char word[17];
    *found = (struct hb_beneath_file){0};
    if (!hb_text_random_hex(word, 8, err)) {
        return HB_PLACE_FAILED;
    }
    snprintf(place.name, sizeof place.name, HB_STAGED "%d-%s-%.8s-%.8s",
             (int)getpid(), word, request->blob, expected);
    place.pickup = hb_beneath_folder(server->pickup, err);
    if (place.pickup < 0) {
        return HB_PLACE_FAILED;
    }
    enum hb_place outcome =
        run(&place, request, server, expected, mtime, found);
    if (outcome == HB_PLACE_DONE && server->profile != HB_PROFILE_ZATO_2 &&
        !hb_place_touch(place.pickup, request->module, &place.ours, mtime)) {
        /* It is delivered all the same: a server that has not noticed is
         * nudged later. */
        LOG_WARN("cannot touch %s/%s: %s", server->pickup, request->module,
                 errno == ESTALE ? "another file lies there by now"
                                 : strerror(errno));
    }
    if (outcome == HB_PLACE_FAILED) {
        hb_error_errno(err, HB_EDELIVERY, errno, "cannot write %s/%s",
                       server->pickup, request->module);
    }
    if (place.stuck != 0) {
        rest->kept = keep(&place, server);
        close(place.staging);
    } else if (place.staged) {
        rest->there = true;
        rest->folder = place.staging;
        memcpy(rest->name, place.name, sizeof rest->name);
    } else if (place.staging >= 0) {
        close(place.staging);
    }
    close(place.pickup);
    return outcome;
}
