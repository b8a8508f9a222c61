/*
 * The configuration from a file whose name people need not see: what
 * hb_config_load() and the edits have in common. Blocking; thread: any.
 */
#ifndef HB_TARGET_READ_H
#define HB_TARGET_READ_H

#include "target/config.h"

#define HB_PROBLEM_NO_SERVERS \
    "the target has no servers: add a line `server = PATH` to its section"

/* hb_config_load(), with another name for the file in messages. */
struct hb_config *hb_config_read(const char *path, const char *shown,
                                 struct hb_error *err);

/* NULL when there is none of that name; borrowed from config. */
struct hb_target *hb_config_find(const struct hb_config *config,
                                 const char *name);

#endif
