/*
 * Loose objects, in git's own format. libgit2 takes it that a file which is
 * there is whole, and writes each object through a handful of look-ups; here
 * one that is there is compared with what it should hold, and replaced when
 * it was torn. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_LOOSE_H
#define HB_HISTORY_LOOSE_H

#include "base/buffer.h"
#include "history/repo.h"

/* Names of files that are not whole yet begin so, in the folder of objects:
 * those that a killed bridge left are cleared at the next start. */
#define HB_LOOSE_REST "tmp_object_git2_"

/* The object, whose id that is, is there and whole when it returns, but not on
 * the disk yet. What its file holds is added to `packed`, which is empty. */
bool hb_loose_write(const struct hb_repo *repo, git_object_t type,
                    const void *bytes, size_t len, const git_oid *id,
                    struct hb_buffer *packed, struct hb_error *err);

/* The same of what its file held. With `anew` a file that is there is replaced
 * unseen: a flush of it has failed, and its bytes may be in memory alone. */
bool hb_loose_put(const struct hb_repo *repo, const git_oid *id,
                  const void *packed, size_t len, bool anew,
                  struct hb_error *err);

/* "PATH/objects/ab/cdef…"; freed by the caller. */
char *hb_loose_path(const struct hb_repo *repo, const git_oid *id);

#endif
