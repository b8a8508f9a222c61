/*
 * Whether a target's rules allow a deploy at all. Pure. Thread: any.
 */
#ifndef HB_PIPELINE_RULES_H
#define HB_PIPELINE_RULES_H

#include "base/error.h"
#include "model/deploy.h"
#include "model/target.h"

/* HB_EONSAVE: a save that onSave or guard forbid. HB_ECONFIRM: guard is
 * confirm, and the client did not say that the user has confirmed. */
bool hb_rules_allow(const struct hb_target *target, enum hb_trigger trigger,
                    bool confirmed, const char *bytes, size_t len,
                    struct hb_error *err);

/* Seconds to wait before a module may be delivered again, given when it was
 * last delivered or spoken of (monotonic; 0: never). */
double hb_rules_pause(const struct hb_target *target, double last_word,
                      double now);

#endif
