#include "confirm/follow.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/lane.h"
#include "base/paths.h"
#include "confirm/match.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "follow"
#include "base/log.h"

/* Bytes before the place that was read last. Are they there no more, then the
 * file was cut and has grown again, or its inode is another file's now. */
#define TAIL_MAX 64

struct tail {
    char bytes[TAIL_MAX];
    size_t len;
};

struct hb_follower {
    uv_loop_t *loop;
    char *path;
    const struct hb_follow_ops *ops;
    void *user;
    uv_fs_event_t watch;
    uv_timer_t timer;
    bool polling;
    bool begun;   /* the first read has been asked for */
    bool reading; /* a job is under way */
    bool again;   /* something changed meanwhile */
    bool freed;
    int handles;
    uint64_t inode; /* 0: no file has been seen yet */
    uint64_t offset;
    struct tail tail;
    struct hb_buffer line; /* the line that is not whole yet */
    bool skipping;         /* it is too long: the rest is passed over */
    uint64_t line_offset;
};

struct read_job {
    struct hb_job base;
    struct hb_follower *follower;
    char *path;
    uint64_t inode;
    uint64_t offset;
    struct tail tail;
    /* result */
    char *bytes;
    size_t len;
    bool more;
    bool gap;
    bool fresh; /* another file, or from its beginning: no line goes on */
};

/* ---- the job ---------------------------------------------------------- */

/* The file with that inode beside the log: it was renamed. -1: none. */
static int open_sibling(const char *path, uint64_t inode)
{
    char *copy = hb_strdup(path);
    char *name = hb_strdup(path);
    const char *folder = dirname(copy);
    const char *base = basename(name);
    DIR *dir = opendir(folder);
    int fd = -1;
    for (struct dirent *entry;
         dir != NULL && fd < 0 && (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, base, strlen(base)) == 0 &&
            (uint64_t)entry->d_ino == inode) {
            fd = openat(dirfd(dir), entry->d_name,
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    free(copy);
    free(name);
    return fd;
}

static bool read_chunk(struct read_job *job, int fd)
{
    job->bytes = malloc(HB_FOLLOW_CHUNK);
    if (job->bytes == NULL) {
        return false;
    }
    ssize_t got;
    do {
        got = pread(fd, job->bytes, HB_FOLLOW_CHUNK, (off_t)job->offset);
    } while (got < 0 && errno == EINTR);
    job->len = got < 0 ? 0 : (size_t)got;
    job->more = job->len == HB_FOLLOW_CHUNK;
    return job->len > 0;
}

/* What is left of the file that was followed before it was renamed. */
static bool read_rest(struct read_job *job)
{
    int fd = open_sibling(job->path, job->inode);
    if (fd < 0) {
        job->gap = true;
        return false;
    }
    bool any = read_chunk(job, fd);
    close(fd);
    if (any) {
        job->more = true; /* then the new file */
    }
    return any;
}

static bool was_cut(const struct read_job *job, int fd, const struct stat *st)
{
    char there[TAIL_MAX];
    size_t len = job->tail.len;
    if ((uint64_t)st->st_size < job->offset) {
        return true;
    }
    return len > 0 &&
           (pread(fd, there, len, (off_t)(job->offset - len)) != (ssize_t)len ||
            memcmp(there, job->tail.bytes, len) != 0);
}

static void keep_tail(struct read_job *job)
{
    size_t len = job->len < TAIL_MAX ? job->len : TAIL_MAX;
    if (len > 0) {
        memcpy(job->tail.bytes, job->bytes + job->len - len, len);
        job->tail.len = len;
    } else if (job->fresh) {
        job->tail.len = 0;
    }
}

static void read_work(struct hb_job *base)
{
    struct read_job *job = (struct read_job *)base;
    struct stat st;
    int fd = open(job->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        if (job->inode != 0) {
            bool gap = job->gap;
            read_rest(job); /* renamed, and the new one is not there yet */
            job->gap = gap;
        }
        goto out;
    }
    if (job->inode != 0 && (uint64_t)st.st_ino != job->inode &&
        read_rest(job)) {
        goto out;
    }
    free(job->bytes);
    job->bytes = NULL;
    if ((uint64_t)st.st_ino != job->inode) {
        job->inode = (uint64_t)st.st_ino;
        job->offset = 0;
        job->fresh = true;
    } else if (was_cut(job, fd, &st)) {
        job->offset = 0;
        job->fresh = true;
    }
    read_chunk(job, fd);
out:
    keep_tail(job);
    if (fd >= 0) {
        close(fd);
    }
}

/* ---- lines ------------------------------------------------------------ */

static void tell_line(struct hb_follower *follower)
{
    const struct hb_follow_line line = {
        .text = hb_buffer_text(&follower->line),
        .len = follower->line.len,
        .inode = follower->inode,
        .offset = follower->line_offset,
    };
    follower->ops->line(follower->user, &line);
}

static void keep(struct hb_follower *follower, const char *bytes, size_t len)
{
    size_t room = HB_MATCH_LINE_MAX - follower->line.len;
    if (!follower->skipping) {
        hb_buffer_add(&follower->line, bytes, len < room ? len : room);
        follower->skipping = len >= room;
    }
}

static void split(struct hb_follower *follower, const char *bytes, size_t len)
{
    uint64_t at = follower->offset;
    while (len > 0 && !follower->freed) {
        const char *newline = memchr(bytes, '\n', len);
        size_t size = newline == NULL ? len : (size_t)(newline - bytes);
        if (follower->line.len == 0 && !follower->skipping) {
            follower->line_offset = at;
        }
        if (newline != NULL && follower->line.len == 0 &&
            size < HB_MATCH_LINE_MAX) {
            const struct hb_follow_line line = {.text = bytes,
                                                .len = size,
                                                .inode = follower->inode,
                                                .offset = at};
            follower->ops->line(follower->user, &line);
        } else {
            keep(follower, bytes, size);
            if (newline != NULL) {
                tell_line(follower);
                follower->line.len = 0;
            }
        }
        if (newline != NULL) {
            follower->skipping = false;
            size++;
        }
        bytes += size;
        len -= size;
        at += size;
    }
}

/* ---- reading ---------------------------------------------------------- */

static void read_on(struct hb_follower *follower);

static void finish_free(struct hb_follower *follower)
{
    if (follower->freed && follower->handles == 0 && !follower->reading) {
        hb_buffer_release(&follower->line);
        free(follower->path);
        free(follower);
    }
}

static void on_read(struct hb_job *base)
{
    struct read_job *job = (struct read_job *)base;
    struct hb_follower *follower = job->follower;
    follower->reading = false;
    if (!follower->freed) {
        if (job->fresh) {
            follower->line.len = 0;
            follower->skipping = false;
        }
        if (job->gap) {
            follower->ops->gap(follower->user);
        }
        follower->inode = job->inode;
        follower->offset = job->offset;
        split(follower, job->bytes, job->len);
        follower->offset = job->offset + job->len;
        follower->tail = job->tail;
    }
    bool more = job->more || follower->again;
    follower->again = false;
    free(job->bytes);
    free(job->path);
    free(job);
    if (follower->freed) {
        finish_free(follower);
    } else if (more) {
        read_on(follower);
    } else {
        follower->ops->drained(follower->user);
    }
}

static void read_on(struct hb_follower *follower)
{
    if (follower->reading) {
        follower->again = true;
        return;
    }
    struct read_job *job = hb_alloc(sizeof *job);
    follower->reading = true;
    job->follower = follower;
    job->path = hb_strdup(follower->path);
    job->inode = follower->inode;
    job->offset = follower->offset;
    job->tail = follower->tail;
    hb_job_run(follower->loop, &job->base, read_work, on_read);
}

static void on_change(uv_fs_event_t *watch, const char *name, int events,
                      int status)
{
    struct hb_follower *follower = watch->data;
    const char *slash = strrchr(follower->path, '/');
    const char *base = slash == NULL ? follower->path : slash + 1;
    (void)events;
    if (status == 0 && follower->begun &&
        (name == NULL || strcmp(name, base) == 0)) {
        read_on(follower);
    }
}

static void on_timer(uv_timer_t *timer)
{
    struct hb_follower *follower = timer->data;
    follower->begun = true;
    read_on(follower);
    if (follower->polling) {
        uv_timer_start(timer, on_timer, HB_FOLLOW_POLL_MS, 0);
    }
}

/* Where the log really lies: a link's own folder tells of no change. */
static char *resolve(const char *path)
{
    char *real = realpath(path, NULL);
    if (real != NULL) {
        return real;
    }
    char *copy = hb_strdup(path);
    char *folder = realpath(dirname(copy), NULL);
    const char *slash = strrchr(path, '/');
    char *full = folder == NULL
                     ? hb_strdup(path)
                     : hb_path_join(folder, slash == NULL ? path : slash + 1);
    free(folder);
    free(copy);
    return full;
}

struct hb_follower *hb_follower_new(uv_loop_t *loop, const char *path,
                                    const struct hb_follow_ops *ops, void *user)
{
    struct hb_follower *follower = hb_alloc(sizeof *follower);
    follower->loop = loop;
    follower->path = resolve(path);
    follower->ops = ops;
    follower->user = user;
    uv_fs_event_init(loop, &follower->watch);
    uv_timer_init(loop, &follower->timer);
    follower->watch.data = follower;
    follower->timer.data = follower;
    follower->handles = 2;
    char *copy = hb_strdup(follower->path);
    int code = uv_fs_event_start(&follower->watch, on_change, dirname(copy), 0);
    if (code != 0) {
        LOG_WARN("changes of %s are not told by the system (%s): it is looked "
                 "at while a deploy waits",
                 follower->path, uv_strerror(code));
    }
    free(copy);
    uv_timer_start(&follower->timer, on_timer, 0, 0);
    return follower;
}

void hb_follower_start(struct hb_follower *follower, uint64_t inode,
                       uint64_t offset)
{
    struct stat st;
    if (follower->begun) {
        return;
    }
    if (inode == 0) {
        if (follower->inode == 0 && stat(follower->path, &st) == 0) {
            follower->inode = (uint64_t)st.st_ino;
            follower->offset = (uint64_t)st.st_size;
        }
        return;
    }
    bool current = stat(follower->path, &st) == 0 &&
                   (uint64_t)st.st_ino == follower->inode;
    if (follower->inode == 0 ||
        (inode == follower->inode && offset < follower->offset) ||
        (inode != follower->inode && current)) {
        follower->inode = inode;
        follower->offset = offset;
    }
}

void hb_follower_poll(struct hb_follower *follower, bool on)
{
    if (on && !follower->polling) {
        uv_timer_start(&follower->timer, on_timer, 0, 0);
    }
    follower->polling = on;
}

static void on_closed(uv_handle_t *handle)
{
    struct hb_follower *follower = handle->data;
    follower->handles--;
    finish_free(follower);
}

void hb_follower_free(struct hb_follower *follower)
{
    if (follower == NULL) {
        return;
    }
    follower->freed = true;
    uv_close((uv_handle_t *)&follower->watch, on_closed);
    uv_close((uv_handle_t *)&follower->timer, on_closed);
}
