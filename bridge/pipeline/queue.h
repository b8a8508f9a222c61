/*
 * One deploy in flight for each target, the others in order behind it: Zato
 * asks that one deployment end before the next begins. A newer one of a
 * module replaces one that still waits.
 *
 * Borrows the flows. Thread: loop.
 */
#ifndef HB_PIPELINE_QUEUE_H
#define HB_PIPELINE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/target.h"

struct hb_flow;

struct hb_queue {
    char *target;
    struct hb_flow *current; /* in flight, or NULL */
    struct hb_flow **waiting;
    size_t count;
    /* The Python of the target's servers, as last probed; either may be NULL
     * then too. */
    bool probed;
    char *python;
    char *python_version;
    /* Paths of servers and their versions, as last probed. */
    struct hb_strings paths;
    struct hb_strings versions;
};

void hb_queue_init(struct hb_queue *queue, const char *target);
void hb_queue_release(struct hb_queue *queue);

void hb_queue_add(struct hb_queue *queue, struct hb_flow *flow);

/* The versions of its servers hold on while a probe cannot read them. */
void hb_queue_keep_versions(struct hb_queue *queue,
                            const struct hb_target *probed);
void hb_queue_give_versions(const struct hb_queue *queue,
                            struct hb_target *target);

/* Takes the flow out, wherever it is. */
void hb_queue_remove(struct hb_queue *queue, const struct hb_flow *flow);

/* The next becomes current and is returned; NULL when one is in flight or
 * none waits. */
struct hb_flow *hb_queue_next(struct hb_queue *queue);

#endif
