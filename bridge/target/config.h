/*
 * The configuration file: git-config syntax, read and written through libgit2,
 * so that people can edit it and comments stay.
 *
 * A key or section that we do not know, a value that is not one of its words
 * and a line that git cannot read are errors that name the line. Owns its
 * targets. Blocking; thread: any.
 */
#ifndef HB_TARGET_CONFIG_H
#define HB_TARGET_CONFIG_H

#include "base/error.h"
#include "model/target.h"

#include <stddef.h>

/* A module's size where [bridge] maxModuleSize is not set, in bytes. */
#define HB_CONFIG_MODULE_SIZE (1024u * 1024u)

struct hb_config {
    char *default_target; /* NULL: none named; the only target is it */
    size_t max_module_size;
    struct hb_target **targets; /* in the file's order, not probed */
    size_t target_count;
};

/* A missing file is an empty configuration. NULL with err set otherwise. */
struct hb_config *hb_config_load(const char *path, struct hb_error *err);
void hb_config_free(struct hb_config *config);

/* The target of that name, or the default one for NULL. NULL with
 * HB_ETARGET set when there is none; the message lists those there are. */
const struct hb_target *hb_config_target(const struct hb_config *config,
                                         const char *name,
                                         struct hb_error *err);

/* Adds [target "NAME"] with these servers' folders, made absolute. The first
 * target of a file becomes bridge.defaultTarget. HB_EUSAGE when the name is
 * taken or not a target's name. */
bool hb_config_add_target(const char *path, const char *name,
                          const struct hb_strings *servers,
                          struct hb_error *err);

/* Removes the section, and defaultTarget when it named it. */
bool hb_config_remove_target(const char *path, const char *name,
                             struct hb_error *err);

#endif
