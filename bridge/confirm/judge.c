#include "confirm/judge.h"

static bool is_our_mtime(const struct hb_judge_question *question)
{
    for (size_t i = 0; i < question->mtime_count; i++) {
        if (question->mtimes[i] == question->witness.mtime) {
            return true;
        }
    }
    return false;
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
    if (question->good && witness->bytecode == HB_BYTECODE_STALE) {
        if (question->workers != 1 && !question->in_place) {
            return HB_PROOF_RETRY; /* another worker writes the same copy */
        }
        *why = "it runs bytecode of an older version";
        return HB_PROOF_NONE;
    }
    if (!question->older_open) {
        return question->retried ? HB_PROOF_SETTLE : HB_PROOF_YES;
    }
    /* Only bytecode that was made of this very delivery says that the line
     * may be about it; a failure leaves none, so it waits for its turn. */
    bool made_of_ours = witness->readable &&
                        witness->bytecode == HB_BYTECODE_MATCHES &&
                        (!question->in_place || is_our_mtime(question));
    if (question->good && made_of_ours) {
        return HB_PROOF_SETTLE;
    }
    *why = "its answer may be to an earlier change of the module";
    return HB_PROOF_NONE;
}
