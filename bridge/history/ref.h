/*
 * Where a ref points, changed so that it lasts: whoever looks sees the old
 * value or the new one, after a loss of power too. libgit2 gives a new ref its
 * name before its bytes are on the disk, and when the flush fails it says so
 * and leaves the ref moved. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_REF_H
#define HB_HISTORY_REF_H

#include "history/repo.h"

/* From `old` ("": there is none) to `commit`; one flush where the disk is
 * ordered. On failure, with HB_EHISTORY, it is where it was. */
bool hb_ref_move(struct hb_repo *repo, const char *ref, const char *old,
                 const char *commit, struct hb_error *err);

/* Removes a ref; no flush. Missing is no error. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err);

#endif
