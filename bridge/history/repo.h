/*
 * The repository on disk: made, owned, and fit to be written. Blocking;
 * thread: whoever opens it, then the lane.
 */
#ifndef HB_HISTORY_REPO_H
#define HB_HISTORY_REPO_H

#include "base/disk.h"
#include "base/error.h"
#include "base/text.h"
#include "history/journal.h"
#include "history/oids.h"
#include "history/trees.h"

#include <git2.h>

/* Refs of ours. */
#define HB_REF_BRANCH "refs/heads/"
#define HB_REF_UNDELIVERED "refs/hotbridge/undelivered/"
#define HB_REF_PENDING "refs/hotbridge/pending/"

/* How many objects are known to be in the journal, or on the disk: those of a
 * few deploys. */
#define HB_REPO_KEPT 32

/* Files that may not be on the disk yet (settle.h). */
struct hb_unsettled {
    struct hb_unsettled_file *files;
    size_t count;
    size_t size;
    bool anew; /* a flush has failed: they are to be made again */
};

struct hb_repo {
    git_repository *git;
    git_odb *odb;
    char *path;
    int lock;            /* flock on the folder; -1: none */
    enum hb_disk disk;   /* what has to be flushed */
    bool flush_all;      /* every object and ref is flushed by libgit2 */
    uint64_t number;     /* see hb_repo_number() */
    bool suspect;        /* something could not be read that should be there */
    struct hb_oids lost; /* gone since an earlier damage */
    struct hb_journal journal;
    bool behind; /* the journal had more than was in the repository when it was
                  * opened: what was read from it since is not all */
    struct hb_unsettled unsettled;
    /* Objects that this bridge has made last: an outcome has most of its
     * attempt's. */
    git_oid kept[HB_REPO_KEPT];
    size_t kept_count;      /* ever */
    struct hb_trees newest; /* those of the commit that was made last */
};

/* What a damaged repository is called: this, and a time, behind its name. */
#define HB_REPO_DAMAGED ".damaged-"

/* Files that looking at a repository takes, with room to spare: while there
 * are no more descriptors than that, what cannot be read is no damage. */
#define HB_REPO_FILES 24

/* A damaged one (`damage` says that it is, or it shows here) is set aside, and
 * what is whole is taken over: *notice (freed by the caller, or NULL). */
bool hb_repo_open(struct hb_repo *repo, const char *path, const char *damage,
                  char **notice, struct hb_error *err);
void hb_repo_release(struct hb_repo *repo);

/* Tells one repository from another that has, or had, the same name; 0: there
 * is none. */
uint64_t hb_repo_number(const char *path);

/* A new one at repo->path, owned; it lasts before anything in it is told of. */
bool hb_repo_make(struct hb_repo *repo, struct hb_error *err);

/* After somebody has packed it: forgets packs that are gone, and makes the
 * folders of loose objects again. */
bool hb_repo_refresh(struct hb_repo *repo, struct hb_error *err);

/* Locks that nobody can hold, since the repository is ours; how many. */
size_t hb_repo_clear_locks(struct hb_repo *repo);

bool hb_repo_set_head(struct hb_repo *repo, const char *target,
                      struct hb_error *err);

/* HB_EHISTORY with what libgit2, or the system, says. Always false. */
bool hb_repo_error(struct hb_error *err, const char *what);
bool hb_repo_errno(struct hb_error *err, int failure, const char *what);

/* The commit that a ref points to; "" when there is no such ref. */
bool hb_repo_tip(struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE], struct hb_error *err);

/* "refs/heads/TARGET"; freed by the caller. */
char *hb_repo_branch(const char *target);
char *hb_repo_undelivered(const char *target);

#endif
