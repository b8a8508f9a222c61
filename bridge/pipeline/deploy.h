/*
 * What happens next to a deploy: (phase, event) -> (phase, action), a table
 * and nothing else. Pure.
 *
 * PREPARING   at once: the attempt becomes durable, unless the id is known;
 *             how do the servers stand; is the syntax right
 * WAITING     for its turn on the target
 * PAUSING     its turn has come, but it would be too soon after another
 * DELIVERING  the file goes to the servers
 * FINDING     somebody else's version lay there and is recorded
 * CONFIRMING  the servers speak
 * CONCLUDING  the outcome becomes durable
 * DONE        answered; late words may still come
 */
#ifndef HB_PIPELINE_DEPLOY_H
#define HB_PIPELINE_DEPLOY_H

#include <stdbool.h>

enum hb_phase {
    HB_PHASE_PREPARING,
    HB_PHASE_WAITING,
    HB_PHASE_PAUSING,
    HB_PHASE_DELIVERING,
    HB_PHASE_FINDING,
    HB_PHASE_CONFIRMING,
    HB_PHASE_CONCLUDING,
    HB_PHASE_DONE,
    HB_PHASE_COUNT,
};

enum hb_event {
    HB_EVENT_REFUSED,  /* not deployable: the outcome is set */
    HB_EVENT_RECORDED, /* and deployable */
    HB_EVENT_RESUMED,  /* at start: it was delivered before */
    HB_EVENT_TURN,
    HB_EVENT_TOO_SOON,
    HB_EVENT_PAUSED,      /* the pause is over */
    HB_EVENT_PUT,         /* the file is there */
    HB_EVENT_FOUND,       /* somebody else's version is there */
    HB_EVENT_OVERWRITE,   /* it is recorded, and may go */
    HB_EVENT_UNDELIVERED, /* nothing was delivered: the outcome is set */
    HB_EVENT_SETTLED,     /* the servers' words are in */
    HB_EVENT_CONCLUDED,
    HB_EVENT_GIVEN_UP, /* cancelled or superseded: the outcome is set */
    HB_EVENT_COUNT,
};

enum hb_action {
    HB_ACTION_NONE,
    HB_ACTION_REFUSE, /* record as undelivered, with an attempt or without */
    HB_ACTION_QUEUE,
    HB_ACTION_PAUSE,
    HB_ACTION_DELIVER,
    HB_ACTION_FIND, /* record what was found */
    HB_ACTION_CONFIRM,
    HB_ACTION_CONCLUDE, /* record the outcome */
    HB_ACTION_FINISH,   /* answer, make room for the next */
};

struct hb_transition {
    enum hb_phase next;
    enum hb_action action;
};

/* False when the event means nothing in that phase. */
bool hb_phase_next(enum hb_phase phase, enum hb_event event,
                   struct hb_transition *out);

/* True until delivery has begun: it can be cancelled or superseded. */
bool hb_phase_can_give_up(enum hb_phase phase);

#endif
