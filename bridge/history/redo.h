/*
 * What a record of the journal says: objects, as their files hold them, then
 * the ref that moves to them and the ref that goes with that. And doing it
 * again, for what a kill or a loss of power has left undone. Blocking; thread:
 * the lane.
 */
#ifndef HB_HISTORY_REDO_H
#define HB_HISTORY_REDO_H

#include "base/buffer.h"
#include "history/repo.h"

void hb_redo_add_object(struct hb_buffer *record, const git_oid *id,
                        const void *packed, size_t len);

/* From `old` ("": there is none) to `commit`; `ends` is removed then, or is
 * NULL. Comes last. */
void hb_redo_add_move(struct hb_buffer *record, const char *ref,
                      const char *old, const char *commit, const char *ends);

/* Whatever of the journal the repository lacks; all of it is unsettled then
 * (settle.h). A ref that has gone on by another way stays where it is. With
 * `anew`, after a failed flush of what was unsettled before, each file is
 * made again. Needs no repo->git. */
bool hb_redo(struct hb_repo *repo, bool anew, struct hb_error *err);

/* Its two halves. */
bool hb_redo_objects(struct hb_repo *repo, bool anew, struct hb_error *err);
bool hb_redo_refs(struct hb_repo *repo, bool anew, struct hb_error *err);

#endif
