/*
 * One WebSocket connection to a bridge, with a loop of its own: the only file
 * that knows libwebsockets. Blocking. Thread: the only one of the process.
 *
 *     link = hb_link_open(port, token, &err);
 *     hb_link_send(link, text);
 *     while ((event = hb_link_wait(link, until, &message, &len)) …)
 *     hb_link_free(link);
 */
#ifndef HB_CLI_LINK_H
#define HB_CLI_LINK_H

#include "base/error.h"

#include <stddef.h>

struct hb_link;

enum hb_link_event {
    HB_LINK_MESSAGE,   /* one whole message, borrowed until the next wait */
    HB_LINK_LOST,      /* the connection is gone: hb_link_why() */
    HB_LINK_TIME,      /* it is later than `until` */
    HB_LINK_INTERRUPT, /* SIGINT, which is held back while waiting */
};

/* Connects to the loopback address, nowhere else. NULL with HB_EBRIDGE. */
struct hb_link *hb_link_open(int port, const char *token, struct hb_error *err);
void hb_link_free(struct hb_link *link);

/* One text message; sent while waiting, in order. */
void hb_link_send(struct hb_link *link, const char *text);

/* `until` is a moment of hb_clock_monotonic(). */
enum hb_link_event hb_link_wait(struct hb_link *link, double until,
                                const char **message, size_t *len);

/* Why it was lost; borrowed. */
const char *hb_link_why(const struct hb_link *link);

#endif
