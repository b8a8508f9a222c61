/*
 * The way of a save: accepted -> recorded -> queued -> delivered -> done. It
 * ties check, history, delivery and confirm together; what happens next is
 * decided by pipeline/deploy.h (pure), in which order by pipeline/queue.h.
 *
 * Owns the deploys under way, the configuration in force, and its watch over
 * the configuration file. Borrows the history, the confirmations and the
 * checker. Thread: loop.
 */
#ifndef HB_PIPELINE_PIPELINE_H
#define HB_PIPELINE_PIPELINE_H

#include "base/error.h"
#include "check/syntax.h"
#include "confirm/confirm.h"
#include "history/history.h"
#include "model/deploy.h"
#include "target/config.h"
#include "wire/message.h"

#include <uv.h>

/* Deploys under way at once, all targets together. */
#define HB_PIPELINE_DEPLOYS_MAX 1024

struct hb_pipeline;

struct hb_pipeline_parts {
    uv_loop_t *loop;
    struct hb_history *history;
    struct hb_confirm *confirm;
    struct hb_syntax_checker *checker;
    const char *config_path;
};

struct hb_pipeline_listener {
    /* Each step of any deploy, in order; borrowed for the call. */
    void (*changed)(void *user, const struct hb_deploy *deploy);
    /* The configuration has changed. */
    void (*targets)(void *user);
    void *user;
};

/* One answer: err is NULL when it is the deploy, and the other way round. */
typedef void (*hb_pipeline_fn)(void *user, const struct hb_error *err,
                               const struct hb_deploy *deploy);

/* The configuration is read; one that cannot be is an error here, and keeps
 * the last good one later. Takes up what the last bridge left. */
struct hb_pipeline *hb_pipeline_new(const struct hb_pipeline_parts *parts,
                                    const struct hb_pipeline_listener *listener,
                                    struct hb_error *err);

/* A request of the methods deploy or rollback. The answer comes once, when
 * the deploy is done, or at once with an error; for an id that is known, the
 * answer is that deploy's. `client` is "name/version". */
void hb_pipeline_deploy(struct hb_pipeline *pipeline,
                        const struct hb_request *request, const char *client,
                        hb_pipeline_fn done, void *user);
void hb_pipeline_rollback(struct hb_pipeline *pipeline,
                          const struct hb_request *request, const char *client,
                          hb_pipeline_fn done, void *user);
void hb_pipeline_get(struct hb_pipeline *pipeline, const char *id,
                     hb_pipeline_fn done, void *user);
void hb_pipeline_cancel(struct hb_pipeline *pipeline, const char *id,
                        hb_pipeline_fn done, void *user);

/* No answer that was promised to `user` is given any more. */
void hb_pipeline_forget(struct hb_pipeline *pipeline, void *user);

/* The configuration in force; valid until the loop is entered again. */
const struct hb_config *hb_pipeline_config(const struct hb_pipeline *pipeline);

/* Probes one target (or all, NULL) in a job and answers with copies that are
 * borrowed for the call. One that is named is looked at closely: its problems
 * tell of modules that lie there in an older version than was deployed. */
typedef void (*hb_targets_fn)(void *user, const struct hb_error *err,
                              struct hb_target *const *targets, size_t count,
                              const char *default_target);
void hb_pipeline_targets(struct hb_pipeline *pipeline, const char *target,
                         hb_targets_fn done, void *user);

/* Takes nothing new; what is being written is finished, what waits stays
 * pending. `stopped` is called when nothing is under way any more. */
void hb_pipeline_stop(struct hb_pipeline *pipeline, void (*stopped)(void *user),
                      void *user);

/* After `stopped`. Memory goes when the loop has closed the handles. */
void hb_pipeline_free(struct hb_pipeline *pipeline);

#endif
