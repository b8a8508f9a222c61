/*
 * The journal of a repository: each change once more, in one file that is
 * flushed before the change is told of. Objects and refs then go to the disk
 * in their own time (settle.h); after a kill or a loss of power the next start
 * brings in what they lack (redo.h). A save waits for one write into a file
 * that lies on the disk already, not for each file that git makes of it.
 *
 * The file has room from the start, since a flush that makes a file larger
 * takes several times as long. Records lie in it one after the other, each
 * with its length, a checksum, and the number of its run; emptying it begins
 * another run. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_JOURNAL_H
#define HB_HISTORY_JOURNAL_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* The file, in the repository's folder. */
#define HB_JOURNAL "hotbridge.journal"
/* Bytes that it has from the start, and again each time it is emptied. */
#define HB_JOURNAL_ROOM (1u << 20)
/* Bytes before a record's own, which hb_journal_add fills in. */
#define HB_JOURNAL_HEAD 24

struct hb_journal {
    int fd;       /* -1: closed */
    dev_t device; /* of the file, to see when another has its name */
    ino_t inode;
    time_t written; /* last, before it was opened; 0: never */
    uint64_t run;
    uint64_t used; /* bytes, up to which records reach */
    uint64_t last; /* where the last one begins */
    bool stale;    /* one that was taken back may still be there */
};

/* Called for each record, in order; false ends it, with an error. */
typedef bool (*hb_journal_fn)(void *user, const char *record, size_t len,
                              struct hb_error *err);

/* Made where it is not there. A record that is not whole ends it: it was never
 * told of. False: it is closed. */
bool hb_journal_open(struct hb_journal *journal, const char *path,
                     struct hb_error *err);
void hb_journal_close(struct hb_journal *journal);

/* Begins a record in an empty buffer: its head's bytes. */
void hb_journal_begin(struct hb_buffer *record);

/* It lasts when this returns. False: there is no such record. */
bool hb_journal_add(struct hb_journal *journal, struct hb_buffer *record,
                    struct hb_error *err);

/* The record that was added last is none, once for each. What fails is logged,
 * and the journal is stale: until hb_journal_cut(), or until the next record
 * has its place, a loss of power could bring it back. */
void hb_journal_take_back(struct hb_journal *journal);
bool hb_journal_cut(struct hb_journal *journal, struct hb_error *err);

/* All records; false too where not all are there any more. */
bool hb_journal_each(const struct hb_journal *journal, hb_journal_fn each,
                     void *user, struct hb_error *err);

/* Lasts too. Closes it when another file has its name by now. */
bool hb_journal_empty(struct hb_journal *journal, const char *path,
                      struct hb_error *err);

#endif
