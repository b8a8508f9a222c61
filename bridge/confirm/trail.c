#include "confirm/trail.h"

#include "base/alloc.h"
#include "base/sum.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the files beside the log ------------------------------------------ */

/* A file beside the log whose name begins as the log's does, opened; -1 to go
 * on with the next, anything else ends the walk. */
typedef int (*sibling_fn)(void *user, int fd, const struct stat *st);

static int walk(const char *path, sibling_fn look, void *user)
{
    char *copy = hb_strdup(path);
    char *name = hb_strdup(path);
    const char *base = basename(name);
    DIR *dir = opendir(dirname(copy));
    int found = -1;
    for (struct dirent *entry;
         dir != NULL && found < 0 && (entry = readdir(dir)) != NULL;) {
        struct stat st;
        if (strncmp(entry->d_name, base, strlen(base)) != 0) {
            continue;
        }
        int fd = openat(dirfd(dir), entry->d_name,
                        O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0) {
            continue;
        }
        if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
            found = look(user, fd, &st);
        }
        if (found != fd) {
            close(fd);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    free(copy);
    free(name);
    return found;
}

static bool read_date(int fd, char date[HB_TRAIL_HEAD])
{
    static const char form[] = "0000-00-00 00:00:00,000";
    if (pread(fd, date, HB_TRAIL_HEAD, 0) != HB_TRAIL_HEAD) {
        return false;
    }
    for (size_t i = 0; i < HB_TRAIL_HEAD; i++) {
        bool digit = date[i] >= '0' && date[i] <= '9';
        if (form[i] == '0' ? !digit : date[i] != form[i]) {
            return false;
        }
    }
    return true;
}

static bool has_tail(const struct hb_trail *trail, int fd)
{
    char there[HB_TRAIL_TAIL];
    size_t len = trail->tail_len;
    return pread(fd, there, len, (off_t)(trail->offset - len)) ==
               (ssize_t)len &&
           memcmp(there, trail->tail, len) == 0;
}

/* The file itself, under another name now. */
static int is_renamed(void *user, int fd, const struct stat *st)
{
    const struct hb_trail *trail = user;
    return (uint64_t)st->st_ino == trail->inode &&
                   (uint64_t)st->st_size >= trail->offset && has_tail(trail, fd)
               ? fd
               : -1;
}

/* A copy of the log from before it was cut: it holds what was read last at
 * the same place. */
static int is_copy(void *user, int fd, const struct stat *st)
{
    const struct hb_trail *trail = user;
    return (uint64_t)st->st_ino != trail->inode &&
                   (uint64_t)st->st_size >= trail->offset && has_tail(trail, fd)
               ? fd
               : -1;
}

/* A file by its inode and its beginning: inodes are used again. */
static uint64_t key_of(int fd, const struct stat *st)
{
    char head[HB_TRAIL_HEAD];
    uint64_t key = (uint64_t)st->st_ino;
    if (read_date(fd, head)) {
        key = hb_sum(key, head, sizeof head);
    }
    return key;
}

static int remember(void *user, int fd, const struct stat *st)
{
    struct hb_trail *trail = user;
    if (trail->sibling_count == HB_TRAIL_SIBLINGS) {
        trail->listed = false;
        return -1;
    }
    trail->siblings[trail->sibling_count++] = key_of(fd, st);
    return -1;
}

static void list_siblings(const char *path, struct hb_trail *trail)
{
    trail->sibling_count = 0;
    trail->listed = true;
    walk(path, remember, trail);
}

/* The file that comes after the one that is followed. */
struct successor {
    const struct hb_trail *trail;
    uint64_t log; /* the last of all, and looked at elsewhere; 0: none */
    const char *after;
    char head[HB_TRAIL_HEAD]; /* the log's: of that it is only a copy */
    bool dated;
    char date[HB_TRAIL_HEAD];
    uint64_t inode; /* 0: none so far */
};

static int is_successor(void *user, int fd, const struct stat *st)
{
    struct successor *next = user;
    const struct hb_trail *trail = next->trail;
    char date[HB_TRAIL_HEAD];
    uint64_t key = key_of(fd, st);
    if ((uint64_t)st->st_ino == next->log || !read_date(fd, date) ||
        memcmp(date, next->after, sizeof date) <= 0 ||
        (next->inode != 0 && memcmp(date, next->date, sizeof date) >= 0) ||
        (next->dated && memcmp(date, next->head, sizeof date) == 0)) {
        return -1;
    }
    for (size_t i = 0; i < trail->sibling_count; i++) {
        if (trail->siblings[i] == key) {
            return -1;
        }
    }
    memcpy(next->date, date, sizeof date);
    next->inode = (uint64_t)st->st_ino;
    return -1;
}

/* `after`: the date with which the file before it begins; "": not known. */
static uint64_t find_successor(const char *path, const struct hb_trail *trail,
                               uint64_t log, const char *after)
{
    struct successor next = {.trail = trail, .log = log, .after = after};
    if (trail->listed && after[0] != '\0') {
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        next.dated = fd >= 0 && read_date(fd, next.head);
        if (fd >= 0) {
            close(fd);
        }
        walk(path, is_successor, &next);
    }
    return next.inode;
}

/* ---- reading ----------------------------------------------------------- */

/* By what the file is known again. */
static void keep_marks(struct hb_trail *trail, int fd, uint64_t end)
{
    size_t len = end < HB_TRAIL_TAIL ? (size_t)end : HB_TRAIL_TAIL;
    trail->tail_len =
        pread(fd, trail->tail, len, (off_t)(end - len)) == (ssize_t)len ? len
                                                                        : 0;
    trail->dated = read_date(fd, trail->head);
}

static int64_t time_of(const struct timespec *time)
{
    return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

/* The file's time is that of its last byte; asked after reading. */
static void keep_time(struct hb_trail *trail, struct hb_trail_piece *piece,
                      int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return;
    }
    piece->written = (struct hb_written){
        .device = (uint64_t)st.st_dev,
        .not_before = trail->written,
        .not_after = time_of(&st.st_mtim),
    };
    piece->last = trail->offset + piece->len == (uint64_t)st.st_size;
    if (piece->last) {
        trail->written = piece->written.not_after;
    }
}

static bool read_chunk(struct hb_trail *trail, struct hb_trail_piece *piece,
                       int fd)
{
    piece->bytes = malloc(HB_TRAIL_CHUNK);
    if (piece->bytes == NULL) {
        return false;
    }
    ssize_t got;
    do {
        got = pread(fd, piece->bytes, HB_TRAIL_CHUNK, (off_t)trail->offset);
    } while (got < 0 && errno == EINTR);
    piece->len = got < 0 ? 0 : (size_t)got;
    piece->more = piece->len == HB_TRAIL_CHUNK;
    keep_time(trail, piece, fd);
    keep_marks(trail, fd, trail->offset + piece->len);
    return piece->len > 0;
}

static void begin_file(struct hb_trail *trail, struct hb_trail_piece *piece,
                       uint64_t inode)
{
    if (trail->dated) {
        memcpy(trail->before, trail->head, sizeof trail->before);
    }
    trail->inode = inode;
    trail->offset = 0;
    trail->tail_len = 0;
    trail->written = 0;
    trail->dated = false;
    piece->fresh = true;
}

/* The file that was followed is the log no more: what is left of it, and then
 * what came after. False: the log itself is next. `log` is NULL while there is
 * none. */
static bool read_renamed(const char *path, struct hb_trail *trail,
                         struct hb_trail_piece *piece, const struct stat *log)
{
    int fd = walk(path, is_renamed, trail);
    bool gone = fd < 0;
    if (!gone) {
        piece->more = read_chunk(trail, piece, fd); /* then the next file */
        close(fd);
        if (piece->more) {
            return true;
        }
    }
    uint64_t next =
        find_successor(path, trail, log == NULL ? 0 : (uint64_t)log->st_ino,
                       trail->dated ? trail->head : trail->before);
    if (next != 0) {
        begin_file(trail, piece, next);
        piece->gap = gone;
        piece->more = true;
        return true;
    }
    piece->gap = gone && log != NULL;
    /* Who holds the renamed file open may still write into it; while the new
     * one is empty nothing is missed by waiting here. */
    return log == NULL || (!gone && log->st_size == 0);
}

/* What was read last is not there: the log was cut, and maybe copied before.
 * True: there was a copy, and it is read on. */
static bool read_copy(const char *path, struct hb_trail *trail,
                      struct hb_trail_piece *piece)
{
    struct stat st;
    int fd = walk(path, is_copy, trail);
    if (fd < 0) {
        return false;
    }
    if (fstat(fd, &st) == 0) {
        trail->inode = (uint64_t)st.st_ino;
        read_chunk(trail, piece, fd);
        piece->more = true; /* and then the log from its beginning */
    }
    close(fd);
    return true;
}

/* The log was empty, and has been written to since. What that was may have
 * been copied and cut again. True: there is such a copy, to be read first. */
static bool find_filled(const char *path, struct hb_trail *trail,
                        struct hb_trail_piece *piece, const struct stat *st)
{
    if (trail->offset > 0 || trail->written == 0 ||
        time_of(&st->st_mtim) == trail->written) {
        return false;
    }
    uint64_t next =
        find_successor(path, trail, (uint64_t)st->st_ino, trail->before);
    if (next == 0) {
        return false;
    }
    begin_file(trail, piece, next);
    piece->more = true;
    return true;
}

static bool was_cut(const struct hb_trail *trail, int fd, const struct stat *st)
{
    return (uint64_t)st->st_size < trail->offset ||
           (trail->tail_len > 0 && !has_tail(trail, fd));
}

void hb_trail_read(const char *path, struct hb_trail *trail,
                   struct hb_trail_piece *piece)
{
    struct stat st;
    *piece = (struct hb_trail_piece){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool there = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    bool same = there && (uint64_t)st.st_ino == trail->inode;
    if (trail->inode != 0 && !same &&
        read_renamed(path, trail, piece, there ? &st : NULL)) {
        goto out;
    }
    if (!there) {
        goto out;
    }
    free(piece->bytes);
    piece->bytes = NULL;
    if (same && find_filled(path, trail, piece, &st)) {
        goto out;
    }
    if (same && was_cut(trail, fd, &st)) {
        if (trail->tail_len > 0 && read_copy(path, trail, piece)) {
            goto out;
        }
        begin_file(trail, piece, trail->inode);
    } else if (!same) {
        begin_file(trail, piece, (uint64_t)st.st_ino);
    }
    if (!same || !trail->listed) {
        list_siblings(path, trail);
    }
    read_chunk(trail, piece, fd);
out:
    if (fd >= 0) {
        close(fd);
    }
}

/* ---- the end ----------------------------------------------------------- */

struct end {
    struct timespec written;
    uint64_t inode;
    uint64_t offset;
    bool any;
};

static int is_newest(void *user, int fd, const struct stat *st)
{
    struct end *end = user;
    (void)fd;
    if (st->st_size > 0 &&
        (!end->any || st->st_mtim.tv_sec > end->written.tv_sec ||
         (st->st_mtim.tv_sec == end->written.tv_sec &&
          st->st_mtim.tv_nsec > end->written.tv_nsec))) {
        *end = (struct end){.written = st->st_mtim,
                            .inode = (uint64_t)st->st_ino,
                            .offset = (uint64_t)st->st_size,
                            .any = true};
    }
    return -1;
}

bool hb_trail_end(const char *path, uint64_t *inode, uint64_t *offset)
{
    struct stat st;
    struct end end = {0};
    bool there = stat(path, &st) == 0;
    if (!there || st.st_size == 0) {
        walk(path, is_newest, &end);
    }
    *inode = end.any ? end.inode : there ? (uint64_t)st.st_ino : 0;
    *offset = end.any ? end.offset : there ? (uint64_t)st.st_size : 0;
    return end.any || there;
}
