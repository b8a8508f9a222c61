#include "confirm/follow.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/lane.h"
#include "base/paths.h"
#include "confirm/match.h"
#include "confirm/trail.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_MODULE "follow"
#include "base/log.h"

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
    unsigned turn;
    struct hb_trail trail; /* up to where it has been read */
    struct hb_buffer line; /* the line that is not whole yet */
    bool skipping;         /* it is too long: the rest is passed over */
    uint64_t line_offset;
};

struct read_job {
    struct hb_job base;
    struct hb_follower *follower;
    char *path;
    struct hb_trail trail;
    struct hb_trail_piece piece;
};

/* ---- the job ---------------------------------------------------------- */

static void read_work(struct hb_job *base)
{
    struct read_job *job = (struct read_job *)base;
    hb_trail_read(job->path, &job->trail, &job->piece);
}

/* ---- lines ------------------------------------------------------------ */

/* When a line that ends there was written. */
static struct hb_written written(const struct hb_trail_piece *piece,
                                 const char *end)
{
    struct hb_written when = piece->written;
    if (piece->last && end == piece->bytes + piece->len) {
        when.not_before = when.not_after;
    }
    return when;
}

static void tell_line(struct hb_follower *follower, struct hb_written when)
{
    const struct hb_follow_line line = {
        .text = hb_buffer_text(&follower->line),
        .len = follower->line.len,
        .inode = follower->trail.inode,
        .offset = follower->line_offset,
        .turn = follower->turn,
        .written = when,
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

static void split(struct hb_follower *follower,
                  const struct hb_trail_piece *piece)
{
    const char *bytes = piece->bytes;
    size_t len = piece->len;
    uint64_t at = follower->trail.offset;
    while (len > 0 && !follower->freed) {
        const char *newline = memchr(bytes, '\n', len);
        size_t size = newline == NULL ? len : (size_t)(newline - bytes);
        if (follower->line.len == 0 && !follower->skipping) {
            follower->line_offset = at;
        }
        if (newline != NULL && follower->line.len == 0 &&
            size < HB_MATCH_LINE_MAX) {
            const struct hb_follow_line line = {
                .text = bytes,
                .len = size,
                .inode = follower->trail.inode,
                .offset = at,
                .turn = follower->turn,
                .written = written(piece, newline + 1)};
            follower->ops->line(follower->user, &line);
        } else {
            keep(follower, bytes, size);
            if (newline != NULL) {
                tell_line(follower, written(piece, newline + 1));
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
        if (job->piece.fresh) {
            follower->turn++;
            follower->line.len = 0;
            follower->skipping = false;
        }
        if (job->piece.gap) {
            follower->ops->gap(follower->user);
        }
        follower->trail = job->trail;
        split(follower, &job->piece);
        follower->trail.offset += job->piece.len;
    }
    bool more = job->piece.more || follower->again;
    follower->again = false;
    free(job->piece.bytes);
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
    job->trail = follower->trail;
    hb_job_run(follower->loop, &job->base, read_work, on_read);
}

static void on_change(uv_fs_event_t *watch, const char *name, int events,
                      int status)
{
    struct hb_follower *follower = watch->data;
    const char *slash = strrchr(follower->path, '/');
    const char *base = slash == NULL ? follower->path : slash + 1;
    (void)events;
    /* What it was renamed to may still be written into. */
    if (status == 0 && follower->begun &&
        (name == NULL || strncmp(name, base, strlen(base)) == 0)) {
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
    follower->turn = 1;
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
        if (follower->trail.inode == 0) {
            hb_trail_end(follower->path, &follower->trail.inode,
                         &follower->trail.offset);
        }
        return;
    }
    bool current = stat(follower->path, &st) == 0 &&
                   (uint64_t)st.st_ino == follower->trail.inode;
    if (follower->trail.inode == 0 ||
        (inode == follower->trail.inode && offset < follower->trail.offset) ||
        (inode != follower->trail.inode && current)) {
        follower->trail.inode = inode;
        follower->trail.offset = offset;
    }
}

unsigned hb_follower_turn(const struct hb_follower *follower, uint64_t *inode)
{
    *inode = follower->trail.inode;
    return follower->turn;
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
