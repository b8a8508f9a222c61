/*
 * Where the bridge is: the lock file, the bridge.json that it names, and
 * whether either can be trusted. docs/protocol.md, "Finding the bridge".
 * Blocking. Thread: any.
 */
#ifndef HB_CLI_FIND_H
#define HB_CLI_FIND_H

#include "base/error.h"
#include "wire/decode.h"

struct hb_found {
    struct hb_bridge_info info;
    char *path; /* of bridge.json */
};

enum hb_find {
    HB_FIND_NONE,    /* no bridge runs */
    HB_FIND_RUNNING, /* *found is filled: release it */
    HB_FIND_BAD,     /* err says what is wrong with its files */
};

enum hb_find hb_find_bridge(struct hb_found *found, struct hb_error *err);
void hb_found_release(struct hb_found *found);

/* Whether a process holds the lock: a bridge runs, starts, or stops. */
bool hb_find_lock_held(void);

/* The pid that the lock file names, or 0. */
int hb_find_lock_pid(void);

#endif
