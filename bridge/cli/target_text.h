/*
 * Targets as people read them. Text is freed by the caller. Thread: any.
 */
#ifndef HB_CLI_TARGET_TEXT_H
#define HB_CLI_TARGET_TEXT_H

#include "model/target.h"

#include <stddef.h>

/* A target, a line a server, and each problem on a line below. */
char *hb_target_text(const struct hb_target *target, bool is_default,
                     size_t width, bool colour);

/* The problems of the target and all its servers. */
size_t hb_target_problems(const struct hb_target *target);

#endif
