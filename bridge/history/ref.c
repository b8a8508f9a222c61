#include "history/ref.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "ref"
#include "base/log.h"

static bool open_lock(struct hb_ref_move *move)
{
    for (int tries = 0; tries < 2; tries++) {
        move->fd =
            open(move->lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (move->fd >= 0 || errno != ENOENT) {
            break;
        }
        char *folder = hb_strdup(move->path);
        *strrchr(folder, '/') = '\0';
        bool made = hb_path_make(folder, 0777, NULL);
        free(folder);
        if (!made) {
            break;
        }
    }
    return move->fd >= 0;
}

static bool flush_folder(const char *path)
{
    char *folder = hb_strdup(path);
    *strrchr(folder, '/') = '\0';
    bool ok = hb_disk_flush(folder, NULL);
    free(folder);
    return ok;
}

/* The value under the lock's name, on its way to the disk. */
static bool write_value(struct hb_ref_move *move, const char *commit)
{
    char value[HB_OID_SIZE + 1];
    int len = snprintf(value, sizeof value, "%s\n", commit);
    return hb_file_write_all(move->fd, value, (size_t)len) &&
           hb_disk_start(move->repo->disk, move->fd);
}

/* The value under the ref's name, once it is on the disk. */
static bool give_name(struct hb_ref_move *move)
{
    if (!hb_disk_wait(move->repo->disk, move->fd) ||
        rename(move->lock, move->path) != 0) {
        return false;
    }
    return move->repo->disk == HB_DISK_EACH ? flush_folder(move->path)
                                            : fsync(move->fd) == 0;
}

static void end(struct hb_ref_move *move)
{
    if (move->fd >= 0) {
        close(move->fd);
        move->fd = -1;
    }
}

/* The flush has failed: the old value again, as well as can be. */
static void put_back(struct hb_ref_move *move)
{
    const char *old = move->old;
    bool ok;
    end(move);
    if (old[0] == '\0') {
        ok = unlink(move->path) == 0;
    } else {
        ok = open_lock(move) && write_value(move, old) && give_name(move);
    }
    if (!ok) {
        LOG_ERR("%s is not where it was: %s", move->path, strerror(errno));
    }
}

static void release(struct hb_ref_move *move)
{
    end(move);
    free(move->lock);
    free(move->path);
}

void hb_ref_give_up(struct hb_ref_move *move)
{
    if (move->fd >= 0) {
        unlink(move->lock);
    }
    release(move);
}

bool hb_ref_begin(struct hb_ref_move *move, struct hb_repo *repo,
                  const char *ref, const char *old, const char *commit,
                  struct hb_error *err)
{
    char now[HB_OID_SIZE];
    *move =
        (struct hb_ref_move){.repo = repo,
                             .path = hb_path_join(repo->path, ref),
                             .lock = hb_format("%s/%s.lock", repo->path, ref),
                             .fd = -1};
    memcpy(move->old, old, strlen(old) + 1);
    if (!open_lock(move)) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move->lock);
    } else if (!hb_repo_tip(repo, ref, now, err)) {
        /* told */
    } else if (strcmp(now, old) != 0) {
        hb_error_set(err, HB_EHISTORY,
                     "%s was moved by another program: nothing is lost, try "
                     "again",
                     ref);
    } else if (!write_value(move, commit)) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move->lock);
    } else {
        return true;
    }
    hb_ref_give_up(move);
    return false;
}

bool hb_ref_finish(struct hb_ref_move *move, struct hb_error *err)
{
    if (give_name(move)) {
        release(move);
        return true;
    }
    hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move->path);
    if (access(move->lock, F_OK) != 0) {
        put_back(move);
    }
    hb_ref_give_up(move);
    return false;
}

static bool none_is_packed(const struct hb_repo *repo)
{
    char *packed = hb_path_join(repo->path, "packed-refs");
    bool none = access(packed, F_OK) != 0 && errno == ENOENT;
    free(packed);
    return none;
}

bool hb_ref_read(const struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE])
{
    char value[HB_OID_SIZE + 1];
    char *path = hb_path_join(repo->path, ref);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool missing = fd < 0 && errno == ENOENT;
    commit[0] = '\0';
    ssize_t got = fd < 0 ? -1 : read(fd, value, sizeof value);
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    if (missing) {
        return none_is_packed(repo);
    }
    if (got != HB_OID_SIZE || value[HB_OID_SIZE - 1] != '\n') {
        return false;
    }
    value[HB_OID_SIZE - 1] = '\0';
    if (strspn(value, "0123456789abcdef") != HB_OID_SIZE - 1) {
        return false;
    }
    memcpy(commit, value, HB_OID_SIZE);
    return true;
}

/* As long as nothing packs refs, there is one file and no more to it. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err)
{
    char *path = hb_path_join(repo->path, ref);
    bool ok;
    if (none_is_packed(repo)) {
        ok = unlink(path) == 0 || errno == ENOENT ||
             hb_repo_errno(err, errno, "a ref cannot be removed");
    } else {
        int code = git_reference_remove(repo->git, ref);
        ok = code == 0 || code == GIT_ENOTFOUND ||
             hb_repo_error(err, "a ref cannot be removed");
    }
    free(path);
    return ok;
}
