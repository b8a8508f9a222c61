/*
 * What the index knows in memory, and the text that it is saved as: the newest
 * of each module, and for each branch the commit up to which it knows all.
 * Pure. Owns what is in it. Private to index.c; thread: the lane.
 */
#ifndef HB_HISTORY_KNOWN_H
#define HB_HISTORY_KNOWN_H

#include "base/buffer.h"
#include "history/index.h"

struct hb_known_tip {
    char *ref;
    char commit[HB_OID_SIZE];
};

struct hb_known {
    struct hb_index_module *modules;
    struct hb_known_tip *tips;
    size_t tip_count;
    uint64_t ids; /* the sum of the file of ids that goes with it */
};

/* Empty afterwards. */
void hb_known_release(struct hb_known *known);

/* NULL: not known. */
struct hb_index_module *hb_known_find(const struct hb_known *known,
                                      const char *target, const char *module);

/* Added where they are not known; a tip's pointer is valid until the next. */
struct hb_index_module *hb_known_module(struct hb_known *known,
                                        const char *target, const char *module);
struct hb_known_tip *hb_known_tip(struct hb_known *known, const char *ref);

/* `bytes`, which are written over, end with a NUL behind `len`. False when
 * they are not all of what hb_known_write() made; some may be taken then. */
bool hb_known_read(struct hb_known *known, char *bytes, size_t len);
void hb_known_write(const struct hb_known *known, struct hb_buffer *out);

#endif
