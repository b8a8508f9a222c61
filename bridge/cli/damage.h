/*
 * Histories that were damaged and set aside (docs/history.md, "Damage"), as
 * the state folder shows them. Blocking. Thread: any.
 */
#ifndef HB_CLI_DAMAGE_H
#define HB_CLI_DAMAGE_H

#include "base/alloc.h"

struct hb_damage {
    struct hb_strings paths; /* of what was set aside, oldest first */
    struct hb_strings words; /* what the bridge said of each */
};

void hb_damage_find(struct hb_damage *damage);
void hb_damage_release(struct hb_damage *damage);

#endif
