/*
 * Paths of servers: absolute, compared, and named. Thread: any.
 */
#ifndef HB_TARGET_PLACE_H
#define HB_TARGET_PLACE_H

#include "model/target.h"

#include <stdbool.h>

/* The path with "~" put in, made absolute from where the user stands, without
 * "//", "/./" and a slash at its end. Links in it stay; ".." goes where that
 * leads to the same folder. Freed by the caller. */
char *hb_place_absolute(const char *path);

/* As above for a path that is absolute already, without looking at files. */
char *hb_place_clean(const char *path);

/* Relative paths begin in `folder`. Links are followed when the place exists;
 * otherwise ".." is taken as text. Freed by the caller. */
char *hb_place_resolve(const char *folder, const char *path);

/* Whether both lead to one file or folder, or are the same text. */
bool hb_place_same(const char *a, const char *b);

/* Gives each server of the target the name of its folder, and where two would
 * have the same, as many folders above it as it takes: "qs-1/server1". */
void hb_place_name_servers(struct hb_target *target);

#endif
