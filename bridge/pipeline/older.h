/*
 * Modules of which a pickup directory holds an older version of ours than was
 * deployed last: a loss of power can leave it so, since the directory is not
 * flushed with the history. It is told, and nothing is deployed by itself.
 *
 *     hb_older_gather()   on the pool: what lies there
 *     hb_history_older()  what the history says to it
 *     hb_older_tell()     on the loop: what is a problem of the target
 */
#ifndef HB_PIPELINE_OLDER_H
#define HB_PIPELINE_OLDER_H

#include "pipeline/flow.h"

struct hb_lying_list {
    struct hb_lying *items;
    size_t count;
};

/* The target is probed. */
void hb_older_gather(const struct hb_target *target,
                     struct hb_lying_list *list);

/* Adds to the target's problems. */
void hb_older_tell(const struct hb_pipeline *pipeline, struct hb_target *target,
                   const struct hb_lying *lying, size_t count);

#endif
