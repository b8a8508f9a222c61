/*
 * A module's commits on a target's branch, newest first, by their
 * Previous-Deploy: without a walk over everybody else's. Thread: the lane.
 */
#ifndef HB_HISTORY_CHAIN_H
#define HB_HISTORY_CHAIN_H

#include "history/write.h"

struct hb_chain {
    struct hb_books *books;
    char next[HB_OID_SIZE];
};

void hb_chain_begin(struct hb_chain *chain, struct hb_books *books,
                    const char *target, const char *module);

/* The next one, freed by the caller, late words folded into the deploy that
 * they speak of; the commits of late words themselves are passed over unless
 * `with_late`. NULL at the end. */
struct hb_deploy *hb_chain_next(struct hb_chain *chain, bool with_late);

/* Folds the newest late word into a deploy that was read. */
void hb_chain_fold(struct hb_books *books, struct hb_deploy *deploy);

#endif
