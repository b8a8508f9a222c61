/*
 * A damaged repository is set aside: a new one is made beside it, takes over
 * what is whole (heal.h), and they change names. Blocking; thread: whoever
 * opens the repository, then the lane.
 */
#ifndef HB_HISTORY_ASIDE_H
#define HB_HISTORY_ASIDE_H

#include "history/repo.h"

/* Where the swap of names was cut short, ends it: before anything is made
 * under the repository's name. False when nothing lies there and it cannot. */
bool hb_aside_finish(const char *path, struct hb_error *err);

/* repo->path is damaged, `why` says how. Afterwards repo is the new one, and
 * *notice (freed by the caller) tells of it. */
bool hb_aside_replace(struct hb_repo *repo, const char *why, char **notice,
                      struct hb_error *err);

#endif
