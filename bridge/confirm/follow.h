/*
 * One log file, read from a mark on as it grows: across rotation by rename
 * and by truncation, deletion and late creation, in pieces of whatever size,
 * with any bytes in it. Reads in jobs, a chunk at a time, so that a flood is
 * fair to the others.
 *
 * Owns its file event, timer and the line that is not whole yet. Thread:
 * loop.
 */
#ifndef HB_CONFIRM_FOLLOW_H
#define HB_CONFIRM_FOLLOW_H

#include "confirm/trail.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* How often the file is looked at while somebody waits, in case the system
 * tells of no change (network file systems), in ms. */
#define HB_FOLLOW_POLL_MS 250

struct hb_follower;

/* Borrowed for the call. */
struct hb_follow_line {
    const char *text; /* without the newline, cut at HB_MATCH_LINE_MAX */
    size_t len;
    uint64_t inode;  /* of the file it stood in */
    uint64_t offset; /* where it began there */
    unsigned turn;   /* another one for each file, and each time it is cut */
    struct hb_written written;
};

struct hb_follow_ops {
    void (*line)(void *user, const struct hb_follow_line *line);
    /* What lay between can not be read any more: rotated away. */
    void (*gap)(void *user);
    /* All that was there has been read. */
    void (*drained)(void *user);
};

/* Reads begin when the loop is entered again; until then `start` may move
 * the beginning back. */
struct hb_follower *hb_follower_new(uv_loop_t *loop, const char *path,
                                    const struct hb_follow_ops *ops,
                                    void *user);
void hb_follower_free(struct hb_follower *follower);

/* From where to read; inode 0: from what is the end now. Only the first calls
 * before reading begins count, and of them the earliest place. */
void hb_follower_start(struct hb_follower *follower, uint64_t inode,
                       uint64_t offset);

/* The turn that it reads now, and in which file. */
unsigned hb_follower_turn(const struct hb_follower *follower, uint64_t *inode);

/* While somebody waits the file is also polled. */
void hb_follower_poll(struct hb_follower *follower, bool on);

#endif
