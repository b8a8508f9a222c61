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

struct move {
    const struct hb_repo *repo;
    char *path;
    char *lock;
    int fd; /* of the new value, whatever its name */
};

static bool open_lock(struct move *move)
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

/* The value under the lock's name, its bytes on the disk. */
static bool write_value(struct move *move, const char *commit)
{
    return hb_file_write_all(move->fd, commit, strlen(commit)) &&
           hb_file_write_all(move->fd, "\n", 1) &&
           (move->repo->ordered ? hb_disk_settle(move->fd)
                                : fsync(move->fd) == 0);
}

/* The value under the ref's name. */
static bool give_name(struct move *move)
{
    if (rename(move->lock, move->path) != 0) {
        return false;
    }
    return move->repo->ordered ? fsync(move->fd) == 0
                               : flush_folder(move->path);
}

static void end(struct move *move)
{
    if (move->fd >= 0) {
        close(move->fd);
        move->fd = -1;
    }
}

/* The flush has failed: the old value again, as well as can be. */
static void put_back(struct move *move, const char *old)
{
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

bool hb_ref_move(struct hb_repo *repo, const char *ref, const char *old,
                 const char *commit, struct hb_error *err)
{
    struct move move = {.repo = repo,
                        .path = hb_path_join(repo->path, ref),
                        .lock = hb_format("%s/%s.lock", repo->path, ref),
                        .fd = -1};
    char now[HB_OID_SIZE];
    bool ok = false;
    if (!open_lock(&move)) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move.lock);
        goto out;
    }
    if (!hb_repo_tip(repo, ref, now, err)) {
        goto out;
    }
    if (strcmp(now, old) != 0) {
        hb_error_set(err, HB_EHISTORY,
                     "%s was moved by another program: nothing is lost, try "
                     "again",
                     ref);
        goto out;
    }
    ok = write_value(&move, commit) && give_name(&move);
    if (!ok) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move.path);
        if (access(move.lock, F_OK) != 0) {
            put_back(&move, old);
        }
    }
out:
    if (!ok && move.fd >= 0) {
        unlink(move.lock);
    }
    end(&move);
    free(move.lock);
    free(move.path);
    return ok;
}

/* As long as nothing packs refs, there is one file and no more to it. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err)
{
    char *packed = hb_path_join(repo->path, "packed-refs");
    char *path = hb_path_join(repo->path, ref);
    bool ok;
    if (access(packed, F_OK) != 0 && errno == ENOENT) {
        ok = unlink(path) == 0 || errno == ENOENT ||
             hb_repo_errno(err, errno, "a ref cannot be removed");
    } else {
        int code = git_reference_remove(repo->git, ref);
        ok = code == 0 || code == GIT_ENOTFOUND ||
             hb_repo_error(err, "a ref cannot be removed");
    }
    free(path);
    free(packed);
    return ok;
}
