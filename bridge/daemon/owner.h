/*
 * One bridge a user: the lock in the state folder, and bridge.json, by which
 * clients find the one that runs. Blocking; used at start and stop.
 */
#ifndef HB_DAEMON_OWNER_H
#define HB_DAEMON_OWNER_H

#include "base/error.h"

/* Random bits of the token and of the proof key, in bytes. */
#define HB_OWNER_SECRET 32

struct hb_owner {
    int lock;   /* descriptor, or -1 */
    char *path; /* of bridge.json */
    char token[2 * HB_OWNER_SECRET + 1];
    char proof[2 * HB_OWNER_SECRET + 1];
};

/* Takes the lock and makes the folders. False with *other set to the pid of
 * the bridge that holds it (0: not known), or for another reason with *other
 * negative. */
bool hb_owner_take(struct hb_owner *owner, int *other, struct hb_error *err);

/* Writes bridge.json and names it in the lock file. */
bool hb_owner_announce(struct hb_owner *owner, int port, struct hb_error *err);

/* Removes bridge.json, then gives the lock back. */
void hb_owner_release(struct hb_owner *owner);

#endif
