/*
 * The repository on disk: made, owned, and fit to be written. Blocking;
 * thread: whoever opens it, then the lane.
 */
#ifndef HB_HISTORY_REPO_H
#define HB_HISTORY_REPO_H

#include "base/error.h"
#include "base/text.h"

#include <git2.h>

/* Refs of ours. */
#define HB_REF_BRANCH "refs/heads/"
#define HB_REF_UNDELIVERED "refs/hotbridge/undelivered/"
#define HB_REF_PENDING "refs/hotbridge/pending/"

struct hb_repo {
    git_repository *git;
    git_odb *odb;
    char *path;
    int lock;       /* flock on the folder; -1: none */
    bool ordered;   /* a flush of one file orders all before it */
    bool flush_all; /* every object and ref is flushed by libgit2 */
};

/* *notice (freed by the caller, or NULL): what was done to a damaged one. */
bool hb_repo_open(struct hb_repo *repo, const char *path, char **notice,
                  struct hb_error *err);
void hb_repo_release(struct hb_repo *repo);

bool hb_repo_set_head(struct hb_repo *repo, const char *target,
                      struct hb_error *err);

/* HB_EHISTORY with what libgit2 says. Always false. */
bool hb_repo_error(struct hb_error *err, const char *what);

/* The commit that a ref points to; "" when there is no such ref. */
bool hb_repo_tip(struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE], struct hb_error *err);

/* "refs/heads/TARGET"; freed by the caller. */
char *hb_repo_branch(const char *target);
char *hb_repo_undelivered(const char *target);

#endif
