/*
 * How many connections there is room for: each takes a descriptor, and deploys
 * need some too. Thread: any.
 */
#ifndef HB_SESSION_ROOM_H
#define HB_SESSION_ROOM_H

#include <stdbool.h>
#include <stddef.h>

struct hb_room {
    size_t clients; /* that have come in */
    size_t waiting; /* that have not yet: any local user can make them */
};

/* Raises the process's limit of descriptors as far as is wanted and allowed,
 * then shares out what there is: where it is little, at least half of it stays
 * for the bridge's own work. */
struct hb_room hb_room_make(void);

/* Whether a connection may keep this descriptor. The lowest that is free is
 * given out, so a high one says that few are left, for whatever reason; those
 * are for work. */
bool hb_room_allows(int descriptor);

/* The share-out alone. */
struct hb_room hb_room_of(size_t descriptors);

#endif
