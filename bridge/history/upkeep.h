/*
 * Packing: after a number of commits, when nothing has happened for a while,
 * a spawned `git repack` puts loose objects into packs. It runs beside the
 * bridge, deletes only what it has packed, and prunes nothing. Without git on
 * the PATH nothing is packed, and everything goes on.
 *
 * Owns the process. Thread: loop.
 */
#ifndef HB_HISTORY_UPKEEP_H
#define HB_HISTORY_UPKEEP_H

#include <uv.h>

/* Commits after which the next quiet moment is used. */
#define HB_UPKEEP_COMMITS 1000
/* Seconds without a commit that are a quiet moment. */
#define HB_UPKEEP_QUIET 30

struct hb_upkeep;

struct hb_upkeep *hb_upkeep_new(uv_loop_t *loop, const char *path);
void hb_upkeep_count(struct hb_upkeep *upkeep); /* one more commit */

/* Ends a repack that runs (it loses nothing); the memory goes when the loop
 * has closed the handles. */
void hb_upkeep_free(struct hb_upkeep *upkeep);

#endif
