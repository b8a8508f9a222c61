/*
 * libwebsockets wakes its loop every half minute for its own sake, whatever it
 * is told: to look for a parent that is gone, for a network that comes up. A
 * listener on loopback has neither, and while nobody is connected no other
 * time of libwebsockets' runs. Then its timer is stopped; at the next
 * connection libwebsockets starts it again by itself.
 *
 *     hb_quiet_init(&quiet, loop, is_quiet, user);
 *     context = lws_create_context(...);     on that loop
 *     hb_quiet_begin(&quiet);
 *     ...
 *     hb_quiet_end(&quiet);                  before the context is destroyed
 *
 * Thread: loop.
 */
#ifndef HB_SESSION_QUIET_H
#define HB_SESSION_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

/* Handles that a loop may have before libwebsockets comes to it. */
#define HB_QUIET_HANDLES 64

struct hb_quiet {
    uv_loop_t *loop;
    bool (*is_quiet)(void *user); /* nobody is connected, or on the way in */
    void *user;
    uv_prepare_t prepare; /* before the loop waits */
    uv_handle_t *before[HB_QUIET_HANDLES];
    size_t before_count;
    uv_timer_t *timer; /* libwebsockets'; NULL: not known, nothing is done */
};

/* Takes down the handles that there are. */
void hb_quiet_init(struct hb_quiet *quiet, uv_loop_t *loop,
                   bool (*is_quiet)(void *user), void *user);
void hb_quiet_begin(struct hb_quiet *quiet);
void hb_quiet_end(struct hb_quiet *quiet);

#endif
