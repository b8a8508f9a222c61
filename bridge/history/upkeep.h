/*
 * What is done for the history while nobody deploys. The first is done by the
 * history itself, a little at a time; the others are processes of their own, at
 * a low priority, and a deploy never waits for one:
 *
 * - a moment after a write, what may be in memory only goes to the disk
 *   (settle.h);
 * - soon after the start, after reads that failed, and before packing, the
 *   whole repository is checked (check.h);
 * - after HB_UPKEEP_COMMITS commits, some of which an earlier bridge may have
 *   made, `git repack` puts loose objects into packs. It deletes only what it
 *   has packed, and prunes nothing. Without git on the PATH nothing is
 *   packed, which is said once, and everything goes on.
 *
 * Owns the process. Thread: loop.
 */
#ifndef HB_HISTORY_UPKEEP_H
#define HB_HISTORY_UPKEEP_H

#include <stdint.h>
#include <uv.h>

/* Commits after which the next quiet moment is used. */
#define HB_UPKEEP_COMMITS 1000
/* Seconds without a commit that are a quiet moment. */
#define HB_UPKEEP_QUIET 30
/* Seconds from the start to the check. */
#define HB_UPKEEP_START 1

struct hb_upkeep;

struct hb_upkeep_listener {
    /* The check found damage, and has said so, in the repository that had this
     * number (hb_repo_number()) when it began: another may have taken its name
     * since. */
    void (*damaged)(void *user, uint64_t repository);
    void (*packed)(void *user); /* the objects lie elsewhere now */
    void (*quiet)(void *user);  /* so long after hb_upkeep_settle */
    void *user;
};

struct hb_upkeep *hb_upkeep_new(uv_loop_t *loop, const char *path,
                                const char *checker,
                                const struct hb_upkeep_listener *listener);
void hb_upkeep_count(struct hb_upkeep *upkeep); /* one more commit */
void hb_upkeep_settle(struct hb_upkeep *upkeep, uint64_t ms);
void hb_upkeep_check(struct hb_upkeep *upkeep); /* something looks damaged */

/* Ends a process that runs (it loses nothing) and calls nobody any more; the
 * memory goes when the loop has closed the handles. */
void hb_upkeep_free(struct hb_upkeep *upkeep);

#endif
