/*
 * What was written to the repository and may be in memory only: it is brought
 * to the disk while nobody deploys, and then the journal, which holds it too,
 * is emptied. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_SETTLE_H
#define HB_HISTORY_SETTLE_H

#include "history/repo.h"

/* Milliseconds without a write that are a quiet moment. */
#define HB_SETTLE_QUIET_MS 1000
/* Files of one job: a save that comes meanwhile waits for no more. */
#define HB_SETTLE_PIECE 16
/* Files, and bytes of the journal, beyond which no quiet moment is waited for:
 * it is emptied before its room ends. */
#define HB_SETTLE_FILES 512
#define HB_SETTLE_BYTES (HB_JOURNAL_ROOM / 4 * 3)
/* Beyond which the rest is one job: deploys that come faster than pieces are
 * brought there wait for it, else the journal would grow as long as they do. */
#define HB_SETTLE_FILES_MOST (4 * HB_SETTLE_FILES)
#define HB_SETTLE_BYTES_MOST (4 * HB_SETTLE_BYTES)
/* Milliseconds after which it is tried again when a flush has failed. */
#define HB_SETTLE_AGAIN_MS 30000

void hb_settle_add_object(struct hb_repo *repo, const git_oid *id);
void hb_settle_add_ref(struct hb_repo *repo, const char *ref);

/* The journal is open and all that it held is in the repository, and on the
 * disk if it can be flushed: what the last bridge left is brought in first.
 * Where nothing outlasts a loss of power there is none, and that is no error.
 * repo->behind: there was something to bring in, whether that went well or not.
 */
bool hb_settle_open(struct hb_repo *repo, struct hb_error *err);

/* How many files may not be on the disk yet, and what else there is to do. */
size_t hb_settle_left(const struct hb_repo *repo);

/* Whether it is so much that no quiet moment is waited for. */
bool hb_settle_is_due(const struct hb_repo *repo);

/* How many files the next job brings there. */
size_t hb_settle_piece(const struct hb_repo *repo);

/* Brings so many of them there, the oldest first, and empties the journal after
 * the last. False: the next call makes all of them again first. */
bool hb_settle(struct hb_repo *repo, size_t most, struct hb_error *err);

/* Forgets them. */
void hb_settle_release(struct hb_repo *repo);

#endif
