#include "confirm/judge.h"

/* Was the line written after the module was put there and compiled? */
enum order { UNKNOWN, AFTER, TICK, MIXED, BEFORE };

static bool is_our_mtime(const struct hb_judge_question *question)
{
    for (size_t i = 0; i < question->mtime_count; i++) {
        if (question->mtimes[i] == question->witness.mtime) {
            return true;
        }
    }
    return false;
}

static enum order order_of(const struct hb_written *line,
                           const struct hb_witness *witness)
{
    bool compiled = witness->bytecode == HB_BYTECODE_MATCHES &&
                    witness->compiled > witness->copied;
    int64_t made = compiled ? witness->compiled : witness->copied;
    if (made == 0 || line->not_after == 0 || line->device != witness->device) {
        return UNKNOWN;
    }
    if (made > line->not_after) {
        return BEFORE;
    }
    if (made < line->not_before) {
        return AFTER;
    }
    if (made > line->not_before) {
        return MIXED;
    }
    return compiled ? TICK : AFTER;
}

/* Bytecode that was there before the copy came, in the same second and of the
 * same size: Python takes it for the copy's own. With more processes a second
 * one may only have written the copy again. */
static bool is_older_than_copy(const struct hb_judge_question *question)
{
    const struct hb_witness *witness = &question->witness;
    return question->workers == 1 && witness->bytecode == HB_BYTECODE_MATCHES &&
           witness->compiled > 0 && witness->compiled < witness->copied;
}

/* What is this deploy's by all else. */
static enum hb_proof judge_order(const struct hb_judge_question *question,
                                 const char **why)
{
    switch (order_of(&question->written, &question->witness)) {
    case BEFORE:
        if (question->workers == 1) {
            *why = "its log speaks of a version from before this one";
            return HB_PROOF_NONE;
        }
        return HB_PROOF_SETTLE; /* another process may have copied it again */
    case MIXED: return HB_PROOF_SETTLE;
    case TICK: return question->good ? HB_PROOF_TICK : HB_PROOF_YES;
    default: return HB_PROOF_YES;
    }
}

enum hb_proof hb_judge(const struct hb_judge_question *question,
                       const char **why)
{
    const struct hb_witness *witness = &question->witness;
    *why = NULL;
    if (witness->readable && !witness->ours) {
        if (witness->partial) {
            return HB_PROOF_RETRY;
        }
        *why = "its log speaks of another version of the module";
        return HB_PROOF_NONE;
    }
    if (question->good && (witness->bytecode == HB_BYTECODE_STALE ||
                           is_older_than_copy(question))) {
        if (question->workers != 1 && !question->in_place) {
            return HB_PROOF_RETRY; /* another worker writes the same copy */
        }
        *why = "it runs bytecode of an older version";
        return HB_PROOF_NONE;
    }
    if (!question->older_open) {
        enum hb_proof proof = judge_order(question, why);
        return proof == HB_PROOF_NONE || !question->retried ? proof
                                                            : HB_PROOF_SETTLE;
    }
    /* Only bytecode that was made of this very delivery says that the line
     * may be about it; a failure leaves none, so it waits for its turn. */
    bool made_of_ours = witness->readable &&
                        witness->bytecode == HB_BYTECODE_MATCHES &&
                        (!question->in_place || is_our_mtime(question));
    if (question->good && made_of_ours) {
        return judge_order(question, why) == HB_PROOF_NONE ? HB_PROOF_NONE
                                                           : HB_PROOF_SETTLE;
    }
    *why = "its answer may be to an earlier change of the module";
    return HB_PROOF_NONE;
}
