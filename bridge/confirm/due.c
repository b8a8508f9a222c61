#include "confirm/watch.h"

#include "base/clock.h"

/* When the last good word of doubtful age will stand; a word that came in time
 * is not cut off by the deadline. */
static double settling(const struct hb_seat *seat, double now)
{
    double last = now;
    for (size_t i = 0; i < seat->heard_count; i++) {
        if (seat->heard[i].good && seat->heard[i].settles > last) {
            last = seat->heard[i].settles;
        }
    }
    return last;
}

static double tick(struct hb_watch *watch, double now)
{
    double next = HB_NEVER;
    if (watch->started <= 0 || watch->freed) {
        return next;
    }
    for (size_t i = 0; i < watch->count && !watch->freed; i++) {
        struct hb_seat *seat = &watch->seats[i];
        for (size_t k = 0; k < seat->heard_count; k++) {
            if (seat->heard[k].good && seat->heard[k].settles > now) {
                next = hb_earliest(next, seat->heard[k].settles);
            }
        }
        if (hb_seat_good(seat) > 0 && seat->state != HB_SERVER_CONFIRMED &&
            (seat->state != HB_SERVER_FAILED || seat->mended)) {
            hb_seat_confirm_when_complete(watch, seat, now);
        }
        if (watch->freed || seat->state != HB_SERVER_WAITING) {
            continue;
        }
        if (!seat->asked && now >= seat->nudge_at) {
            seat->asked = true;
            if (watch->hurried) {
                seat->ends_at =
                    hb_earliest(seat->ends_at, now + HB_CONFIRM_YIELD);
            }
            watch->ops->nudge(watch->user, watch, i);
        }
        double settles = settling(seat, now);
        if (now >= seat->ends_at && settles > now) {
            next = hb_earliest(next, settles);
            continue;
        }
        if (now >= seat->ends_at) {
            if (seat->log != NULL) {
                seat->log->silent = seat->heard_count == 0;
            }
            hb_seat_set(watch, seat, HB_SERVER_SILENT,
                        hb_seat_silence(watch, seat));
            continue;
        }
        next = hb_earliest(next, seat->ends_at);
        if (!seat->asked) {
            next = hb_earliest(next, seat->nudge_at);
        }
    }
    return next;
}

double hb_watch_tick(struct hb_confirm *confirm, double now)
{
    double next = HB_NEVER;
    struct hb_watch *after;
    for (struct hb_watch *watch = confirm->watches; watch != NULL;
         watch = after) {
        unsigned changes = confirm->changes;
        watch->holds++;
        double due = tick(watch, now);
        after = watch->next;
        hb_watch_let_go(watch);
        next = hb_earliest(next, due);
        if (confirm->changes != changes) {
            after = confirm->watches; /* what was next may be gone */
            next = HB_NEVER;
        }
    }
    return next;
}
