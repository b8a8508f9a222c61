/*
 * An outcome in one sentence, as every client shows it. Pure. Thread: any.
 */
#ifndef HB_REPORT_WORDS_H
#define HB_REPORT_WORDS_H

#include "model/deploy.h"

/* Sets deploy->message from its outcome, servers and diagnostics. Only for
 * outcomes of what was delivered; the others bring their own reason. */
void hb_words_outcome(struct hb_deploy *deploy);

#endif
