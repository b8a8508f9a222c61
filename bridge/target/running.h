/*
 * Whether a server runs. "No" needs proof: a deploy to a server that is
 * believed to be stopped is not waited for, so anything doubtful is
 * "unknown". Blocking; thread: any.
 */
#ifndef HB_TARGET_RUNNING_H
#define HB_TARGET_RUNNING_H

#include "model/target.h"
#include "target/tail.h"

/* A server that wrote its log this many seconds ago is not called stopped
 * because its process is not found. */
#define HB_RUNNING_FRESH 5.0

struct hb_running_seen {
    const struct hb_tail *tail; /* NULL: the log could not be read */
    double age;                 /* of the log, in seconds */
};

/* Sets *pid when its process was found (0 otherwise). */
enum hb_running hb_running_look(const char *server,
                                const struct hb_running_seen *seen, pid_t *pid);

/* The Python that the process runs, when it is one that may be started by us
 * without harm: its file belongs to us or to root, and nobody else may write
 * it. Absolute path, freed by the caller, or NULL. */
char *hb_running_python(pid_t pid);

#endif
