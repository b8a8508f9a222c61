/*
 * What an answer in a server's log proves about one deploy. Pure: the clock
 * and the witness come from outside. docs/truth.md has the reasons.
 */
#ifndef HB_CONFIRM_JUDGE_H
#define HB_CONFIRM_JUDGE_H

#include "confirm/trail.h"
#include "confirm/witness.h"
#include "model/target.h"

/* Seconds for which a copy that is being written is looked at again. */
#define HB_JUDGE_RETRY 0.5
/* Seconds in which a good line of doubtful age may still be contradicted. */
#define HB_JUDGE_SETTLE 1.0
/* The same, where line and bytecode are of one tick of the file system's
 * clock. */
#define HB_JUDGE_TICK 0.02
/* Seconds after a line about models in which one about services may come,
 * and after an error in which its closing line may. */
#define HB_JUDGE_GROUP 0.5
/* Deliveries and nudges of one deploy that are kept. */
#define HB_JUDGE_MTIMES 8

enum hb_proof {
    HB_PROOF_NONE,   /* proves nothing for this deploy */
    HB_PROOF_YES,    /* this deploy's word */
    HB_PROOF_RETRY,  /* look at the witness again */
    HB_PROOF_TICK,   /* this deploy's, unless contradicted at once */
    HB_PROOF_SETTLE, /* this deploy's, unless contradicted soon */
};

struct hb_judge_question {
    bool good;             /* the answer: deployed, or not */
    bool older_open;       /* an older trigger may be what it answers */
    bool in_place;         /* the server imports the pickup file itself */
    bool retried;          /* a look before this one was inconclusive */
    int workers;           /* that may rewrite the copy; 0: unknown */
    const int64_t *mtimes; /* that our deliveries and nudges gave */
    size_t mtime_count;
    struct hb_written written; /* the line */
    struct hb_witness witness;
};

/* *why: one sentence for NONE, or NULL. */
enum hb_proof hb_judge(const struct hb_judge_question *question,
                       const char **why);

#endif
