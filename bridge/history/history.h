/*
 * The history: a bare git repository that any git reads, one branch a target,
 * one commit a deploy. docs/history.md describes it for its readers.
 *
 * Every call below is a job on the repository's one lane: it copies its
 * input, answers later through its callback on the loop, in the order asked,
 * and exactly once. What a callback gets is borrowed for its time.
 *
 * Durable: when attempt() has answered, its bytes survive kill -9 and a loss
 * of power; when outcome() has, so does the outcome.
 *
 * Owns the repository, the lane and the index file. Thread: loop.
 */
#ifndef HB_HISTORY_HISTORY_H
#define HB_HISTORY_HISTORY_H

#include "base/error.h"
#include "model/deploy.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

/* Most deploys that one list call gives. */
#define HB_HISTORY_LIST_MAX 500

struct hb_history;

/* Where a server's log stood before delivery. */
struct hb_log_mark {
    char *server;
    uint64_t inode;
    uint64_t offset;
};

struct hb_history_options {
    const char *path;           /* history.git */
    const char *default_target; /* HEAD's branch, or NULL */
    /* The bridge's own program, which checks the repository when it is run
     * with "daemon --check-history PATH"; NULL: it is not checked. */
    const char *checker;
};

/* Makes the repository where it is missing, takes its flock, clears locks
 * that a killed bridge left. A damaged repository is set aside (never
 * deleted), and a new one takes over what is whole, with *notice (freed by the
 * caller, or NULL) saying so; damage that shows later is logged. Blocking.
 * NULL with HB_EHISTORY. */
struct hb_history *hb_history_open(uv_loop_t *loop,
                                   const struct hb_history_options *options,
                                   char **notice, struct hb_error *err);

/* Nothing happens by itself from here on, so that the loop can run out. */
void hb_history_end(struct hb_history *history);

/* No job may be left: run the loop until hb_history_idle() first. */
void hb_history_close(struct hb_history *history);
bool hb_history_idle(const struct hb_history *history);

/* HEAD follows bridge.defaultTarget. NULL: unchanged. */
void hb_history_set_default(struct hb_history *history, const char *target);

/* ---- writing ---------------------------------------------------------- */

struct hb_attempt_result {
    char attempt[HB_OID_SIZE];
    char previous[HB_OID_SIZE];   /* the module's deploy before, or "" */
    char last_blob[HB_OID_SIZE];  /* what the target was last given, or "" */
    char found_blob[HB_OID_SIZE]; /* newest recorded foreign version, or "" */
};
typedef void (*hb_attempt_fn)(void *user, const struct hb_error *err,
                              const struct hb_attempt_result *result);

/* Blob, tree, commit and refs/hotbridge/pending/ID, durable. The marks are
 * read in the job, by mark(): called on the pool's thread for each server
 * named in deploy->servers with its log's path from `logs` (same order; an
 * entry may be NULL, and so may logs and mark). HB_EREUSED when the id is known
 * with another target, module or blob; when it is known with the same, HB_OK
 * and a result with attempt == "" (ask get() for it). */
typedef bool (*hb_mark_fn)(const char *log, uint64_t *inode, uint64_t *offset);
void hb_history_attempt(struct hb_history *history,
                        const struct hb_deploy *deploy, const char *bytes,
                        size_t len, const struct hb_strings *logs,
                        hb_mark_fn mark, hb_attempt_fn done, void *user);

typedef void (*hb_commit_fn)(void *user, const struct hb_error *err,
                             const char *commit);

/* The outcome: a commit on the target's branch when it was delivered, else on
 * refs/hotbridge/undelivered/TARGET; durable; the pending ref goes. */
void hb_history_outcome(struct hb_history *history,
                        const struct hb_deploy *deploy, hb_commit_fn done,
                        void *user);

/* A rejected deploy, which has no attempt: recorded as undelivered, with its
 * bytes when they are text. */
void hb_history_rejected(struct hb_history *history,
                         const struct hb_deploy *deploy, const char *bytes,
                         size_t len, hb_commit_fn done, void *user);

/* A version that lies on the target and was not deployed from here. `where`
 * is the file that holds it. Durable. */
void hb_history_found(struct hb_history *history, const char *target,
                      const char *module, const char *where, const char *bytes,
                      size_t len, hb_commit_fn done, void *user);

/* A later word of servers: a new commit with the first Deploy-Id. */
void hb_history_late(struct hb_history *history, const struct hb_deploy *deploy,
                     hb_commit_fn done, void *user);

/* Where the logs stood at delivery, when that was later than the attempt, and
 * that delivery began: survives kill -9, not a loss of power. */
void hb_history_delivering(struct hb_history *history, const char *id,
                           const struct hb_log_mark *marks, size_t count,
                           hb_commit_fn done, void *user);

/* ---- reading ---------------------------------------------------------- */

struct hb_pending {
    struct hb_deploy *deploy;
    char *bytes;
    size_t len;
    bool delivering; /* hb_history_delivering() was called for it */
    bool done;       /* watched on for late words; deploy has its outcome */
    bool newer;      /* the target was given a later deploy of the module */
    struct hb_log_mark *marks;
    size_t mark_count;
    char last_blob[HB_OID_SIZE]; /* as in hb_attempt_result */
    char found_blob[HB_OID_SIZE];
};
typedef void (*hb_pending_fn)(void *user, const struct hb_error *err,
                              struct hb_pending *pending, size_t count);

/* Deploys under way when the last bridge ended, in the order in which they were
 * asked for, and those whose servers have not all confirmed, that are the
 * newest of their module on the target and younger than 24 h (done = true).
 * With an error some could not be read now, and the others are given. */
void hb_history_pending(struct hb_history *history, hb_pending_fn done,
                        void *user);

typedef void (*hb_deploy_fn)(void *user, const struct hb_error *err,
                             const struct hb_deploy *deploy);

/* By id; HB_EDEPLOY when unknown. Late words are folded in. */
void hb_history_get(struct hb_history *history, const char *id,
                    hb_deploy_fn done, void *user);

struct hb_history_query {
    const char *target;
    const char *module; /* NULL: all */
    size_t limit;       /* 1 … HB_HISTORY_LIST_MAX */
    const char *before; /* the `next` of the page before, or NULL */
    bool all;           /* what was not delivered too */
};
typedef void (*hb_list_fn)(void *user, const struct hb_error *err,
                           struct hb_deploy *const *deploys, size_t count,
                           const char *next);
void hb_history_list(struct hb_history *history,
                     const struct hb_history_query *query, hb_list_fn done,
                     void *user);

typedef void (*hb_bytes_fn)(void *user, const struct hb_error *err,
                            const char *bytes, size_t len, const char *commit);

/* The module as that commit (a unique prefix will do, of 4 digits at least)
 * gave it to the target; HB_ECOMMIT. */
void hb_history_source(struct hb_history *history, const char *target,
                       const char *module, const char *commit, hb_bytes_fn done,
                       void *user);

/* A unified patch; "" when equal. `from`, `to` NULL: last live against last
 * given; `to` NULL: `from` against last given. */
void hb_history_diff(struct hb_history *history, const char *target,
                     const char *module, const char *from, const char *to,
                     hb_bytes_fn done, void *user);

/* What to go back to: `commit`, or without one the next step back in order of
 * first deployment, rollbacks skipped, from the blob that is there now ("" :
 * the branch's tip). HB_ENOTHING. */
void hb_history_rollback(struct hb_history *history, const char *target,
                         const char *module, const char *commit,
                         const char *now, hb_bytes_fn done, void *user);

/* What each server confirmed last, one entry a module and server. */
struct hb_live {
    char *module;
    char *server;
    char commit[HB_OID_SIZE];
    char blob[HB_OID_SIZE];
    int64_t time; /* wall clock, ms */
};
typedef void (*hb_live_fn)(void *user, const struct hb_error *err,
                           const struct hb_live *live, size_t count);
void hb_history_live(struct hb_history *history, const char *target,
                     const char *module, hb_live_fn done, void *user);

/* A module's file in a pickup directory. */
struct hb_lying {
    char *module;
    size_t server;          /* whatever the caller counts */
    char blob[HB_OID_SIZE]; /* what it holds */
    /* What the history says to it: */
    bool last;                /* it is what the target was given last */
    char commit[HB_OID_SIZE]; /* the older deploy whose version it is, or "" */
    char given[HB_OID_SIZE];  /* then: the last deploy */
};
typedef void (*hb_lying_fn)(void *user, const struct hb_error *err,
                            const struct hb_lying *lying, size_t count);

/* Which of these files are older than what the target was given last, within
 * the last HB_HISTORY_OLDER deploys of each module. Takes over `lying`. */
#define HB_HISTORY_OLDER 100
void hb_history_older(struct hb_history *history, const char *target,
                      struct hb_lying *lying, size_t count, hb_lying_fn done,
                      void *user);
void hb_lying_free(struct hb_lying *lying, size_t count);

#endif
