/*
 * Starting the bridge on demand, and stopping it. Blocking.
 *
 * The bridge is this very program with `daemon`, in a session of its own,
 * writing to bridge.log in the state folder (bridge.log.1: the older half).
 * Thread: the only one of the process, since it forks.
 */
#ifndef HB_CLI_SPAWN_H
#define HB_CLI_SPAWN_H

#include "base/error.h"
#include "cli/find.h"

/* Finds the bridge, or starts one: returns once it can be connected to. A
 * bridge of another version is asked to go first. *started (may be NULL) says
 * whether it was started here. False with HB_EBRIDGE; found is to be released
 * otherwise. */
bool hb_spawn_ensure(struct hb_found *found, bool *started,
                     struct hb_error *err);

/* Ends the bridge and waits until its lock is free. *pid is the one that was
 * ended, 0 where none ran. False with HB_EBRIDGE. */
bool hb_spawn_stop(int *pid, struct hb_error *err);

#endif
