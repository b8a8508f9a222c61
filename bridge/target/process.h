/*
 * One process as /proc shows it. Blocking; thread: any.
 */
#ifndef HB_TARGET_PROCESS_H
#define HB_TARGET_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

enum hb_process {
    HB_PROCESS_GONE,    /* no such process, or only its remains */
    HB_PROCESS_OTHER,   /* lives, and is another program */
    HB_PROCESS_SERVER,  /* lives, and its command line is this server's */
    HB_PROCESS_UNKNOWN, /* lives, and may not be looked at; or no /proc */
};

/* What the process is to the server in that folder. */
enum hb_process hb_process_look(pid_t pid, const char *server);

/* Whether the server may be run by processes that we cannot see, or not by
 * that number: its folder comes from another machine, or from outside of the
 * container that we are in, or a container below us runs a server as `pid`. */
bool hb_process_may_hide(pid_t pid, const char *server);

#endif
