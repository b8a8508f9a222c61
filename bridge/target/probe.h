/*
 * What a server's folder says: version, profile, pickup directory, copies,
 * log, whether it runs, and what is wrong with any of it.
 * Source of the facts: docs/zato.md. Blocking; thread: any.
 */
#ifndef HB_TARGET_PROBE_H
#define HB_TARGET_PROBE_H

#include "base/error.h"
#include "model/target.h"

/* Fills in what is seen for one server. Never fails: what cannot be read is a
 * problem of the server, whose version of before (or NULL) is kept then.
 * `profile` is the target's setting. */
void hb_server_probe(struct hb_server *server, enum hb_profile profile);

/* All servers, and the problems of the target as a whole (no server runs,
 * servers of different versions, disk space, clock, stale staging files). */
void hb_target_probe(struct hb_target *target);

/* Where a server logs: logs/server.log in its folder. Freed by the caller. */
char *hb_server_log(const struct hb_server *server);

/* Only whether each server runs; cheap enough for every deploy. */
void hb_target_probe_running(struct hb_target *target);

/* The servers below PATH: itself, when it is a server's folder, else its
 * direct sub-folders that are, sorted by name. HB_EUSAGE with what to do when
 * there is none. Adds absolute paths to servers. */
bool hb_probe_find_servers(const char *path, struct hb_strings *servers,
                           struct hb_error *err);

#endif
