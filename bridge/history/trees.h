/*
 * The trees of a commit, services/MODULE.py, as git's own bytes: the next
 * commit's are made of the last one's by setting an entry, without reading
 * what was just written. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_TREES_H
#define HB_HISTORY_TREES_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#include <git2.h>

/* Folder of the modules in a commit's tree. */
#define HB_TREES_FOLDER "services"

struct hb_repo;

/* Zero-initialised: those of no commit, empty. */
struct hb_trees {
    char commit[HB_OID_SIZE]; /* whose they are; "": of none yet */
    struct hb_buffer root;
    struct hb_buffer services;
};

/* Those of a commit, which has to have a tree; one without the folder has no
 * modules. `trees` must be empty. */
bool hb_trees_read(struct hb_repo *repo, const char *commit,
                   struct hb_trees *trees, struct hb_error *err);

/* Sets the entry of that name, where git's order has it. False, with nothing
 * changed, when the bytes are no tree. */
bool hb_trees_set(struct hb_buffer *tree, git_filemode_t mode, const char *name,
                  const git_oid *id);

void hb_trees_release(struct hb_trees *trees);

#endif
