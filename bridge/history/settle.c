#include "history/settle.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"
#include "history/loose.h"
#include "history/redo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* How far back a ref is looked for, so that a branch that moves with each
 * deploy stands there once in a while, not each time. */
#define REPEATS 8

/* An object, or a ref. */
struct hb_unsettled_file {
    git_oid id;
    char *ref;
};

static char *journal_path(const struct hb_repo *repo)
{
    return hb_path_join(repo->path, HB_JOURNAL);
}

static void add(struct hb_repo *repo, struct hb_unsettled_file file)
{
    struct hb_unsettled *left = &repo->unsettled;
    if (left->count == left->size) {
        left->size = left->size == 0 ? 64 : left->size * 2;
        left->files = hb_realloc_array(left->files, left->size, sizeof file);
    }
    left->files[left->count++] = file;
}

void hb_settle_add_object(struct hb_repo *repo, const git_oid *id)
{
    if (repo->disk != HB_DISK_MEMORY) {
        add(repo, (struct hb_unsettled_file){.id = *id});
    }
}

void hb_settle_add_ref(struct hb_repo *repo, const char *ref)
{
    const struct hb_unsettled *left = &repo->unsettled;
    for (size_t i = left->count; i > 0 && left->count - i < REPEATS; i--) {
        const char *other = left->files[i - 1].ref;
        if (other != NULL && strcmp(other, ref) == 0) {
            return;
        }
    }
    if (repo->disk != HB_DISK_MEMORY) {
        add(repo, (struct hb_unsettled_file){.ref = hb_strdup(ref)});
    }
}

size_t hb_settle_left(const struct hb_repo *repo)
{
    return repo->unsettled.count + repo->unsettled.anew + repo->journal.stale;
}

bool hb_settle_is_due(const struct hb_repo *repo)
{
    return hb_settle_left(repo) > HB_SETTLE_FILES ||
           (hb_settle_left(repo) > 0 && repo->journal.used > HB_SETTLE_BYTES);
}

size_t hb_settle_piece(const struct hb_repo *repo)
{
    return hb_settle_left(repo) > HB_SETTLE_FILES_MOST ||
                   repo->journal.used > HB_SETTLE_BYTES_MOST
               ? SIZE_MAX
               : HB_SETTLE_PIECE;
}

void hb_settle_release(struct hb_repo *repo)
{
    struct hb_unsettled *left = &repo->unsettled;
    for (size_t i = 0; i < left->count; i++) {
        free(left->files[i].ref);
    }
    free(left->files);
    *left = (struct hb_unsettled){0};
}

/* Folders go too, when git has packed all that was in them. */
static bool flush_folder(const char *path, struct hb_error *err)
{
    char *folder = hb_strndup(path, (size_t)(strrchr(path, '/') - path));
    bool ok = access(folder, F_OK) != 0 || hb_disk_flush(folder, err);
    free(folder);
    return ok;
}

/* A file that has gone was packed, or its ref was removed, which lasts too. */
static bool bring(const struct hb_repo *repo,
                  const struct hb_unsettled_file *file, struct hb_error *err)
{
    char *path = file->ref == NULL ? hb_loose_path(repo, &file->id)
                                   : hb_path_join(repo->path, file->ref);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool gone = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
    bool ok = gone || (fd >= 0 && hb_disk_wait(repo->disk, fd));
    if (!ok) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot flush %s", path);
    }
    if (fd >= 0) {
        close(fd);
    }
    ok = ok && (repo->disk != HB_DISK_EACH || flush_folder(path, err));
    free(path);
    return ok;
}

/* On an ordered disk one flush brings all names there, if it is of a file that
 * has changed since. */
static bool bring_names(const struct hb_repo *repo, struct hb_error *err)
{
    return repo->disk != HB_DISK_ORDERED ||
           (futimens(repo->journal.fd, NULL) == 0 &&
            fsync(repo->journal.fd) == 0) ||
           hb_error_errno(err, HB_EHISTORY, errno, "cannot flush %s",
                          repo->path);
}

static bool end(struct hb_repo *repo, struct hb_error *err)
{
    char *path = journal_path(repo);
    bool ok =
        repo->journal.fd < 0 ||
        (bring_names(repo, err) && hb_journal_empty(&repo->journal, path, err));
    free(path);
    if (ok) {
        hb_settle_release(repo);
    }
    return ok;
}

/* Those at the front are on the disk; there may always be more at the end. */
static void drop(struct hb_unsettled *left, size_t brought)
{
    for (size_t i = 0; i < brought; i++) {
        free(left->files[i].ref);
    }
    left->count -= brought;
    if (left->count > 0) {
        memmove(left->files, left->files + brought,
                left->count * sizeof *left->files);
    }
}

/* What could not be flushed may be in memory alone by now, and so may what was
 * flushed before: all that the journal has is made again. */
static bool make_anew(struct hb_repo *repo, struct hb_error *err)
{
    hb_settle_release(repo);
    repo->unsettled.anew = true;
    if (!hb_redo(repo, true, err)) {
        return false;
    }
    repo->unsettled.anew = false;
    return true;
}

bool hb_settle(struct hb_repo *repo, size_t most, struct hb_error *err)
{
    struct hb_unsettled *left = &repo->unsettled;
    if (hb_settle_left(repo) == 0) {
        return true;
    }
    if (repo->journal.stale && !hb_journal_cut(&repo->journal, err)) {
        return false;
    }
    if (left->anew && !make_anew(repo, err)) {
        return false;
    }
    size_t count = left->count < most ? left->count : most;
    for (size_t i = 0; i < count; i++) {
        if (!bring(repo, &left->files[i], err)) {
            left->anew = repo->journal.fd >= 0;
            return false;
        }
    }
    drop(left, count);
    return left->count > 0 || end(repo, err);
}

/* One that a copy brought along to where none is kept. */
static bool use_up(struct hb_repo *repo, const char *path, struct hb_error *err)
{
    bool ok = unlink(path) == 0 ||
              hb_error_errno(err, HB_EHISTORY, errno, "cannot remove %s", path);
    hb_journal_close(&repo->journal);
    return ok;
}

/* A flush may have failed for the last bridge, so that what is there is in
 * memory alone and the next flush has nothing to say: all is made anew. Where
 * that fails it is in the repository all the same, and the next write tries
 * again. */
static void settle_now(struct hb_repo *repo)
{
    struct hb_error err = {0};
    repo->unsettled.anew = repo->disk != HB_DISK_MEMORY;
    if (!hb_settle(repo, SIZE_MAX, &err)) {
        LOG_WARN("%s; it stays in the journal, and is tried again",
                 err.message);
    }
}

bool hb_settle_open(struct hb_repo *repo, struct hb_error *err)
{
    bool kept = repo->disk != HB_DISK_MEMORY;
    char *path = journal_path(repo);
    bool ok = true;
    if (repo->journal.fd >= 0 || (!kept && access(path, F_OK) != 0)) {
        goto out;
    }
    ok = hb_journal_open(&repo->journal, path, err);
    if (ok && repo->journal.used > 0) {
        LOG_INFO("the last bridge, or the machine, ended before its history "
                 "was on the disk: what is missing is brought in");
        repo->behind = true;
        ok = hb_redo(repo, false, err);
        if (ok) {
            settle_now(repo);
        }
    }
    if (!ok) {
        hb_journal_close(&repo->journal);
    }
    ok = ok && (kept || use_up(repo, path, err));
out:
    free(path);
    return ok;
}
