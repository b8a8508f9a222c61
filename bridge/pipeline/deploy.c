#include "pipeline/deploy.h"

struct row {
    enum hb_phase phase;
    enum hb_event event;
    struct hb_transition to;
};

static const struct row table[] = {
    {HB_PHASE_PREPARING,
     HB_EVENT_REFUSED,
     {HB_PHASE_CONCLUDING, HB_ACTION_REFUSE}},
    {HB_PHASE_PREPARING,
     HB_EVENT_RECORDED,
     {HB_PHASE_WAITING, HB_ACTION_QUEUE}},
    {HB_PHASE_PREPARING,
     HB_EVENT_RESUMED,
     {HB_PHASE_CONFIRMING, HB_ACTION_CONFIRM}},
    {HB_PHASE_PREPARING,
     HB_EVENT_GIVEN_UP,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_WAITING, HB_EVENT_TURN, {HB_PHASE_DELIVERING, HB_ACTION_DELIVER}},
    {HB_PHASE_WAITING,
     HB_EVENT_GIVEN_UP,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_PAUSING,
     HB_EVENT_PAUSED,
     {HB_PHASE_DELIVERING, HB_ACTION_DELIVER}},
    {HB_PHASE_PAUSING,
     HB_EVENT_GIVEN_UP,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_DELIVERING,
     HB_EVENT_TOO_SOON,
     {HB_PHASE_PAUSING, HB_ACTION_PAUSE}},
    {HB_PHASE_DELIVERING,
     HB_EVENT_PUT,
     {HB_PHASE_CONFIRMING, HB_ACTION_CONFIRM}},
    {HB_PHASE_DELIVERING, HB_EVENT_FOUND, {HB_PHASE_FINDING, HB_ACTION_FIND}},
    {HB_PHASE_DELIVERING,
     HB_EVENT_UNDELIVERED,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_FINDING,
     HB_EVENT_OVERWRITE,
     {HB_PHASE_DELIVERING, HB_ACTION_DELIVER}},
    {HB_PHASE_FINDING,
     HB_EVENT_UNDELIVERED,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_CONFIRMING,
     HB_EVENT_SETTLED,
     {HB_PHASE_CONCLUDING, HB_ACTION_CONCLUDE}},
    {HB_PHASE_CONCLUDING,
     HB_EVENT_CONCLUDED,
     {HB_PHASE_DONE, HB_ACTION_FINISH}},
};

bool hb_phase_next(enum hb_phase phase, enum hb_event event,
                   struct hb_transition *out)
{
    for (unsigned i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].phase == phase && table[i].event == event) {
            *out = table[i].to;
            return true;
        }
    }
    return false;
}

bool hb_phase_can_give_up(enum hb_phase phase)
{
    return phase == HB_PHASE_WAITING || phase == HB_PHASE_PAUSING;
}
