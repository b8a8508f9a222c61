/*
 * The trail of a log through its rotations: from the place that was read
 * last, the bytes that come next, wherever they lie now. Renamed files are
 * known by their inode, copies that were made before the log was cut by the
 * bytes before the place. Blocking; any thread.
 *
 * Of several files that the log was rotated into between two looks, those in
 * the middle are those that were not there at the look before and begin with a
 * later date than the one that was read. What is not surely the log's own
 * continuation is not read: that loses words, and invents none.
 */
#ifndef HB_CONFIRM_TRAIL_H
#define HB_CONFIRM_TRAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that one look reads. */
#define HB_TRAIL_CHUNK (256u * 1024)
/* Bytes before the place by which a file is known again. */
#define HB_TRAIL_TAIL 64
/* "2026-11-23 02:51:42,703": how each file of a server's log begins. */
#define HB_TRAIL_HEAD 23
/* Files beside the log that are remembered; with more, those in the middle
 * are not looked for. */
#define HB_TRAIL_SIBLINGS 64

/* When bytes were written, by the clock of the file system, in nanoseconds. */
struct hb_written {
    uint64_t device;    /* whose clock it is */
    int64_t not_before; /* 0: not known */
    int64_t not_after;
};

struct hb_trail {
    uint64_t inode; /* 0: no file has been seen yet */
    uint64_t offset;
    char tail[HB_TRAIL_TAIL];
    size_t tail_len;
    int64_t written; /* when all that comes after `offset` was not there yet */
    char head[HB_TRAIL_HEAD]; /* the date with which the file begins */
    bool dated;
    char before[HB_TRAIL_HEAD]; /* with which the one before it began */
    uint64_t siblings[HB_TRAIL_SIBLINGS]; /* beside the log, when it began */
    size_t sibling_count;
    bool listed; /* the siblings are known, all of them */
};

struct hb_trail_piece {
    char *bytes; /* to be freed; NULL: nothing new */
    size_t len;
    struct hb_written written;
    bool last;  /* its end was the file's: that is when it was written */
    bool more;  /* there is more: look again at once */
    bool gap;   /* what lay between can not be read any more */
    bool fresh; /* a file's beginning: no line goes on */
};

/* Reads on; afterwards `trail->offset` is where the piece began, so that the
 * caller can say where each line stood: add piece->len before the next. */
void hb_trail_read(const char *path, struct hb_trail *trail,
                   struct hb_trail_piece *piece);

/* Where the log ends now. One that is empty or missing was just rotated, and
 * who holds the renamed file open writes on into that: then it is the end of
 * the newest file beside it. False: there is neither. */
bool hb_trail_end(const char *path, uint64_t *inode, uint64_t *offset);

#endif
