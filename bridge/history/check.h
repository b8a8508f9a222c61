/*
 * Is a repository whole? Nothing here changes it. Blocking; thread: any.
 *
 * What was lost in an earlier damage is known, and is no damage again: its
 * ids are in the file HB_CHECK_LOST of the repository.
 */
#ifndef HB_HISTORY_CHECK_H
#define HB_HISTORY_CHECK_H

#include "history/oids.h"

#include <git2.h>

#define HB_CHECK_LOST "hotbridge.lost"

/* What hb_check_main() ends with when it found damage. */
#define HB_CHECK_DAMAGED 3

/* The quick one, at each start: every ref is one, and what it points to can
 * be built on. False with what is wrong in err. */
bool hb_check_tips(git_repository *git, struct hb_error *err);

/* Can anything there be read now, and is there room to map what is read so?
 * While not, nothing is damaged. False with the reason in err. */
bool hb_check_readable(const char *path, struct hb_error *err);

/* Is a pack, or its index, as it was written? */
bool hb_check_pack_file(const char *path);

/* As a process, and all of it: every object reads as what its name says, what
 * each refers to is there, packs are as they were written. Each finding is
 * logged, as many as fit a person's patience. 0 whole, HB_CHECK_DAMAGED, or
 * something else when nothing can be read. */
int hb_check_main(const char *path);

#endif
