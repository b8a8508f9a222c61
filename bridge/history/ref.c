#include "history/ref.h"

#include "base/alloc.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Largest file of packed refs that is read, in bytes. */
#define PACKED_MAX (64u << 20)

static int open_lock(const struct hb_ref_move *move)
{
    int fd = -1;
    for (int tries = 0; tries < 2; tries++) {
        fd = open(move->lock, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != ENOENT) {
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
    return fd;
}

static void release(struct hb_ref_move *move)
{
    free(move->lock);
    free(move->path);
}

void hb_ref_give_up(struct hb_ref_move *move)
{
    unlink(move->lock);
    release(move);
}

/* The lock holds the value then; false with errno, and there is no lock. */
static bool lock(struct hb_ref_move *move, const struct hb_repo *repo,
                 const char *ref, const char *commit)
{
    char value[HB_OID_SIZE + 1];
    int len = snprintf(value, sizeof value, "%s\n", commit);
    *move =
        (struct hb_ref_move){.path = hb_path_join(repo->path, ref),
                             .lock = hb_format("%s/%s.lock", repo->path, ref)};
    int fd = open_lock(move);
    if (fd < 0) {
        return false;
    }
    bool ok = hb_file_write_all(fd, value, (size_t)len);
    int failure = errno;
    if (close(fd) != 0 && ok) {
        failure = errno;
        ok = false;
    }
    if (!ok) {
        unlink(move->lock);
    }
    errno = failure;
    return ok;
}

bool hb_ref_begin(struct hb_ref_move *move, struct hb_repo *repo,
                  const char *ref, const char *old, const char *commit,
                  struct hb_error *err)
{
    char now[HB_OID_SIZE];
    if (!lock(move, repo, ref, commit)) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move->lock);
        release(move);
        return false;
    }
    if (!hb_repo_tip(repo, ref, now, err)) {
        /* told */
    } else if (strcmp(now, old) != 0) {
        hb_error_set(err, HB_EHISTORY,
                     "%s was moved by another program: nothing is lost, try "
                     "again",
                     ref);
    } else {
        return true;
    }
    hb_ref_give_up(move);
    return false;
}

bool hb_ref_finish(struct hb_ref_move *move, struct hb_error *err)
{
    if (rename(move->lock, move->path) == 0) {
        release(move);
        return true;
    }
    hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move->path);
    hb_ref_give_up(move);
    return false;
}

bool hb_ref_put(struct hb_repo *repo, const char *ref, const char *commit,
                struct hb_error *err)
{
    struct hb_ref_move move;
    if (!lock(&move, repo, ref, commit)) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s", move.lock);
        release(&move);
        return false;
    }
    return hb_ref_finish(&move, err);
}

static bool none_is_packed(const struct hb_repo *repo)
{
    char *packed = hb_path_join(repo->path, "packed-refs");
    bool none = access(packed, F_OK) != 0 && errno == ENOENT;
    free(packed);
    return none;
}

/* What the ref's own file says; *missing: there is no such file. False: no
 * commit. */
static bool read_file(const struct hb_repo *repo, const char *ref,
                      char commit[HB_OID_SIZE], bool *missing)
{
    char value[HB_OID_SIZE + 1];
    char *path = hb_path_join(repo->path, ref);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *missing = fd < 0 && errno == ENOENT;
    commit[0] = '\0';
    ssize_t got = fd < 0 ? -1 : read(fd, value, sizeof value);
    if (fd >= 0) {
        close(fd);
    }
    free(path);
    if (*missing) {
        return true;
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

/* Of a file that another git has made: "COMMIT REF" is a line of it. */
static bool read_packed(const struct hb_repo *repo, const char *ref,
                        char commit[HB_OID_SIZE])
{
    char *path = hb_path_join(repo->path, "packed-refs");
    char *text = NULL;
    size_t len = 0;
    bool ok = hb_file_read(path, PACKED_MAX, &text, &len, NULL);
    char *wanted = hb_format(" %s", ref);
    for (const char *line = text; ok && line != NULL && *line != '\0';) {
        size_t end = strcspn(line, "\n");
        if (end == HB_OID_SIZE - 1 + strlen(wanted) &&
            strncmp(line + HB_OID_SIZE - 1, wanted, strlen(wanted)) == 0) {
            memcpy(commit, line, HB_OID_SIZE - 1);
            commit[HB_OID_SIZE - 1] = '\0';
        }
        line += end + (line[end] == '\n');
    }
    free(wanted);
    free(text);
    free(path);
    return ok;
}

bool hb_ref_read_plain(const struct hb_repo *repo, const char *ref,
                       char commit[HB_OID_SIZE])
{
    bool missing;
    return read_file(repo, ref, commit, &missing) &&
           (!missing || none_is_packed(repo) || read_packed(repo, ref, commit));
}

bool hb_ref_read(const struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE])
{
    bool missing;
    return read_file(repo, ref, commit, &missing) &&
           (!missing || none_is_packed(repo));
}

bool hb_ref_drop_file(struct hb_repo *repo, const char *ref,
                      struct hb_error *err)
{
    char *path = hb_path_join(repo->path, ref);
    bool ok = unlink(path) == 0 || errno == ENOENT ||
              hb_repo_errno(err, errno, "a ref cannot be removed");
    free(path);
    return ok;
}

/* As long as nothing packs refs, there is one file and no more to it. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err)
{
    if (none_is_packed(repo)) {
        return hb_ref_drop_file(repo, ref, err);
    }
    int code = git_reference_remove(repo->git, ref);
    return code == 0 || code == GIT_ENOTFOUND ||
           hb_repo_error(err, "a ref cannot be removed");
}
