/*
 * A commit of the history read back as a deploy. Thread: the lane.
 */
#ifndef HB_HISTORY_COMMIT_H
#define HB_HISTORY_COMMIT_H

#include "history/history.h"
#include "history/repo.h"

/* NULL with HB_ECOMMIT when there is no such commit of ours. `parent` (may be
 * NULL) gets the first parent or "" of any commit, of ours or not. */
struct hb_deploy *hb_commit_read(struct hb_repo *repo, const char *commit,
                                 char parent[HB_OID_SIZE],
                                 struct hb_log_mark **marks, size_t *mark_count,
                                 struct hb_error *err);

/* Takes over what a late word changed. */
void hb_commit_fold(struct hb_deploy *deploy, const struct hb_deploy *late);

#endif
