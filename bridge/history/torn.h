/*
 * Loose objects that a loss of power caught on their way to the disk: empty,
 * or not whole. No ref points to them and nobody was told of them, but git
 * fsck would complain for ever. Blocking; thread: whoever opens the history.
 */
#ifndef HB_HISTORY_TORN_H
#define HB_HISTORY_TORN_H

#include "history/repo.h"

/* Where they go, in the repository's folder; git does not look there. */
#define HB_TORN "hotbridge.torn"

/* Puts them away; every ref was followed before, and repo->odb is open. */
void hb_torn_clear(struct hb_repo *repo);

#endif
