/*
 * Loose objects, in git's own format. libgit2 takes it that a file which is
 * there is whole, and writes each object through a handful of look-ups; here
 * one that is there is compared with what it should hold, and replaced when
 * it was torn. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_LOOSE_H
#define HB_HISTORY_LOOSE_H

#include "history/repo.h"

/* Names of files that are not whole yet begin so, in the folder of objects:
 * those that a killed bridge left are cleared at the next start. */
#define HB_LOOSE_REST "tmp_object_git2_"

/* The object, whose id that is, is there and whole when it returns, and its
 * write-back to the disk is started; *fd stays open (the caller closes it) to
 * wait for that. */
bool hb_loose_write(const struct hb_repo *repo, git_object_t type,
                    const void *bytes, size_t len, const git_oid *id, int *fd,
                    struct hb_error *err);

#endif
