/*
 * What would otherwise be a walk through the history: an id's commit, and the
 * newest of each module. The ids are in ids.h, the rest in memory; saved in
 * the repository now and then, never flushed: what the files lack is read from
 * the commits since, and files that are not whole are made anew.
 * Thread: the lane.
 */
#ifndef HB_HISTORY_INDEX_H
#define HB_HISTORY_INDEX_H

#include "history/repo.h"
#include "model/deploy.h"

struct hb_index;

/* The newest of a module on a target's branch; "" where there is none. */
struct hb_index_module {
    struct hb_index_module *next;
    char *target;
    char *module;
    char newest[HB_OID_SIZE]; /* its last commit of any kind */
    char given[HB_OID_SIZE];  /* blob that the target was last given */
    char found[HB_OID_SIZE];  /* blob of the newest foreign version */
};

/* *gone: it failed because the repository is damaged: a branch is not there any
 * more, or one of its commits cannot be read. */
struct hb_index *hb_index_open(struct hb_repo *repo, bool *gone,
                               struct hb_error *err);
void hb_index_close(struct hb_index *index); /* saves it */

/* False when a branch that the index knows is not there any more. */
bool hb_index_agrees(const struct hb_index *index, struct hb_error *err);

/* A commit that was just made. */
void hb_index_add(struct hb_index *index, const struct hb_deploy *deploy,
                  const char *commit);

/* The deploy's own commit, and the newest one with a late word ("": none).
 * False when the id is not known. */
bool hb_index_find(struct hb_index *index, const char *id,
                   char commit[HB_OID_SIZE], char late[HB_OID_SIZE]);

/* Never NULL: an unknown module has only empty fields. */
const struct hb_index_module *
hb_index_module(struct hb_index *index, const char *target, const char *module);

/* All modules, in no order. */
const struct hb_index_module *hb_index_modules(const struct hb_index *index);

#endif
