/*
 * Numbers of 64 bits and the commit of each: what the index knows of every
 * deploy ever made. Nearly all of it stays in a sorted file; what is new is
 * kept in memory, up to HB_IDS_FRESH, and merged into the file then. So a
 * long history costs no memory, and a look-up a few reads.
 *
 * Owns the file's descriptor. Thread: the lane.
 */
#ifndef HB_HISTORY_IDS_H
#define HB_HISTORY_IDS_H

#include "base/error.h"

#include <git2.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers that are kept in memory at most. */
#define HB_IDS_FRESH 1024

struct hb_ids;

/* Nothing in it yet; `path` is the file's. */
struct hb_ids *hb_ids_new(const char *path);
void hb_ids_free(struct hb_ids *ids);

/* Takes up the file where it is whole and its sum is `sum`; false, and empty,
 * where not. */
bool hb_ids_load(struct hb_ids *ids, uint64_t sum);

/* A number that is there already gets the new commit. Never 0. */
void hb_ids_put(struct hb_ids *ids, uint64_t number, const git_oid *commit);

bool hb_ids_find(const struct hb_ids *ids, uint64_t number, git_oid *commit);

/* True when it is time to save. */
bool hb_ids_full(const struct hb_ids *ids);

/* Merges what is new into the file, which is replaced and not flushed; *sum
 * names what it holds. False, too, when that failed for so long that something
 * new was forgotten: the file that is there says what it lacks, and a new one
 * would not. */
bool hb_ids_save(struct hb_ids *ids, uint64_t *sum, struct hb_error *err);

#endif
