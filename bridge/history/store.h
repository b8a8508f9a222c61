/*
 * Objects and refs, written so that they last: objects are made whole (a torn
 * or emptied file is replaced), the journal has them and where the ref goes,
 * and only then does the ref point to them. Blocking; thread: the lane.
 */
#ifndef HB_HISTORY_STORE_H
#define HB_HISTORY_STORE_H

#include "history/repo.h"

/* A blob, two trees, a commit. */
#define HB_BATCH_MAX 4

/* Objects of one commit. */
struct hb_batch {
    struct hb_repo *repo;
    struct hb_buffer record; /* of the journal */
    git_oid objects[HB_BATCH_MAX];
    size_t count;
    bool goes_on; /* from an attempt: what that has made is not looked at again
                   */
    const char *ends; /* ref that is removed once this one has moved, or NULL */
    struct hb_trees trees; /* the last that were stored */
};

void hb_batch_begin(struct hb_batch *batch, struct hb_repo *repo);
void hb_batch_release(struct hb_batch *batch);

bool hb_store_blob(struct hb_batch *batch, const void *bytes, size_t len,
                   git_oid *id, struct hb_error *err);

/* The tree `base` ("" : an empty one) with services/MODULE set to blob. */
bool hb_store_tree(struct hb_batch *batch, const char *base_commit,
                   const char *module, const git_oid *blob, git_oid *id,
                   struct hb_error *err);

/* The commit is its branch's newest now: the next on top of it starts from the
 * trees that were stored for it. */
void hb_batch_keep(struct hb_batch *batch, const char *commit);

/* parent "" : none. */
bool hb_store_commit(struct hb_batch *batch, const char *message,
                     const git_oid *tree, const char *parent,
                     char commit[HB_OID_SIZE], struct hb_error *err);

/* Moves the ref from `old` ("" : it must not exist) to commit, once the journal
 * has the batch. */
bool hb_store_ref(struct hb_batch *batch, const char *ref, const char *old,
                  const char *commit, struct hb_error *err);

/* Name and address of the user's git identity, else USER <USER@HOST>. */
bool hb_store_signature(struct hb_repo *repo, git_signature **out,
                        struct hb_error *err);

/* The blob of services/MODULE in a commit's tree; "" when it has none. */
bool hb_store_find(struct hb_repo *repo, const char *commit, const char *module,
                   char blob[HB_OID_SIZE], struct hb_error *err);

#endif
