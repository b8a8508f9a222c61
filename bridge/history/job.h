/*
 * The jobs behind history.h: what each takes, and what comes of it. Private
 * to bridge/history.
 *
 *     history, history_write, history_read    questions become jobs on a lane
 *     books         the repository and its index, opened and mended together
 *     write         an attempt, an outcome, a found version: commits and refs
 *     message, read_message, escape    a deploy <-> a commit's message
 *     read, chain, look_back, commit   what was deployed, from the commits
 *     left          what the last bridge left: deploys under way
 *     index, known, ids    an id's commit and a module's newest, without a walk
 *     repo          the repository: its lock, settings, what was left over
 *     aside         a damaged one changes names with a new one
 *     store, trees, loose, ref    objects and refs are written
 *     journal, redo, settle       and last: at once, after a loss, on the disk
 *     objects, torn, check, oids    reading them with care; what is not whole
 *     heal, heal_refs    a new repository from what is whole of a damaged one
 *     upkeep, run_git    packing and checking while nothing is deployed
 *     memory        what libgit2 does when memory is out
 *
 * A job belongs to its `done`, which frees it. Thread: `work` on the lane,
 * everything else on the loop.
 */
#ifndef HB_HISTORY_JOB_H
#define HB_HISTORY_JOB_H

#include "base/lane.h"
#include "history/read.h"
#include "history/upkeep.h"

struct hb_history {
    uv_loop_t *loop;
    struct hb_lane lane;
    struct hb_books books;
    struct hb_upkeep *upkeep;
    char *path;
    bool settling; /* a piece of it is on the lane */
    bool ending;
};

/* One struct for all jobs. */
struct hb_history_job {
    struct hb_job base;
    struct hb_history *history;
    void (*work)(struct hb_history_job *job);
    void (*told)(struct hb_history_job *job); /* calls `done` */
    bool writes;    /* tried once more when the repository was mended */
    bool suspect;   /* something could not be read: the repository is checked */
    bool unsettled; /* something may not be on the disk yet */
    bool settle_due; /* and there is much of it */
    bool failed;     /* it could not be brought there */
    struct hb_error err;
    void *user;
    union {
        hb_attempt_fn attempt;
        hb_commit_fn commit;
        hb_pending_fn pending;
        hb_deploy_fn deploy;
        hb_list_fn list;
        hb_bytes_fn bytes;
        hb_live_fn live;
        hb_lying_fn lying;
    } done;
    /* taken */
    struct hb_deploy *deploy;
    char *bytes;
    size_t len;
    char *target;
    char *module;
    char *from; /* a commit, a place, or a page */
    char *to;
    uint64_t repository; /* its number */
    struct hb_strings logs;
    hb_mark_fn mark;
    struct hb_log_mark *marks;
    size_t mark_count;
    struct hb_history_query query;
    /* given */
    struct hb_attempt_result attempt;
    char commit[HB_OID_SIZE];
    struct hb_deploy *found;
    struct hb_page page;
    char *text;
    size_t text_len;
    struct hb_live *live;
    size_t live_count;
    struct hb_lying *lying;
    size_t lying_count;
    struct hb_pending *pending;
    size_t pending_count;
};

struct hb_history_job *hb_history_job_new(struct hb_history *history,
                                          void *user);

/* NULL where it went well. */
const struct hb_error *hb_history_job_error(const struct hb_history_job *job);

/* `told` may be NULL. */
void hb_history_submit(struct hb_history_job *job,
                       void (*work)(struct hb_history_job *job),
                       void (*told)(struct hb_history_job *job));

#endif
