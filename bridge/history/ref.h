/*
 * Where a ref points, changed at once: whoever looks sees the old value or the
 * new one. That it lasts is for the journal to see to. Blocking; thread: the
 * lane.
 */
#ifndef HB_HISTORY_REF_H
#define HB_HISTORY_REF_H

#include "history/repo.h"

struct hb_ref_move {
    char *path;
    char *lock; /* holds the new value until the move */
};

/* A ref is to go from `old` ("": there is none) to `commit`. False, with
 * HB_EHISTORY and nothing changed. */
bool hb_ref_begin(struct hb_ref_move *move, struct hb_repo *repo,
                  const char *ref, const char *old, const char *commit,
                  struct hb_error *err);

/* It is there. On failure, with HB_EHISTORY, it is where it was. */
bool hb_ref_finish(struct hb_ref_move *move, struct hb_error *err);

/* Instead of finishing: it stays where it is. */
void hb_ref_give_up(struct hb_ref_move *move);

/* Both, wherever it is now, by its own file alone. */
bool hb_ref_put(struct hb_repo *repo, const char *ref, const char *commit,
                struct hb_error *err);

/* True, with its commit ("": there is no such ref), where the ref's own file
 * tells it, as it does while nothing packs refs; else libgit2 has to be asked,
 * which takes ten times as long. */
bool hb_ref_read(const struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE]);

/* What the files say, without libgit2: the ref's own, else those that another
 * git has packed; "" where there is none; false: no commit. */
bool hb_ref_read_plain(const struct hb_repo *repo, const char *ref,
                       char commit[HB_OID_SIZE]);

/* Removes a ref; no flush. Missing is no error. */
bool hb_ref_drop(struct hb_repo *repo, const char *ref, struct hb_error *err);
/* The same of its own file. */
bool hb_ref_drop_file(struct hb_repo *repo, const char *ref,
                      struct hb_error *err);

#endif
