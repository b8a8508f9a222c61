/*
 * Where a ref points, changed so that it lasts: whoever looks sees the old
 * value or the new one, after a loss of power too. libgit2 gives a new ref its
 * name before its bytes are on the disk, and when the flush fails it says so
 * and leaves the ref moved. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_REF_H
#define HB_HISTORY_REF_H

#include "history/repo.h"

struct hb_ref_move {
    const struct hb_repo *repo;
    char *path;
    char *lock;
    char old[HB_OID_SIZE];
    int fd; /* of the new value, whatever its name */
};

/* A ref is to go from `old` ("": there is none) to `commit`, whose bytes begin
 * their way to the disk. False, with HB_EHISTORY and nothing changed. */
bool hb_ref_begin(struct hb_ref_move *move, struct hb_repo *repo,
                  const char *ref, const char *old, const char *commit,
                  struct hb_error *err);

/* It is there, and lasts: one flush where the disk is ordered. On failure,
 * with HB_EHISTORY, it is where it was. */
bool hb_ref_finish(struct hb_ref_move *move, struct hb_error *err);

/* Instead of finishing: it stays where it is. */
void hb_ref_give_up(struct hb_ref_move *move);

/* True, with its commit ("": there is no such ref), where the ref's own file
 * tells it, as it does while nothing packs refs; else libgit2 has to be asked,
 * which takes ten times as long. */
bool hb_ref_read(const struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE]);

/* Removes a ref; no flush. Missing is no error. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err);

#endif
