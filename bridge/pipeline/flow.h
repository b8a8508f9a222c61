/*
 * A deploy under way, and what the files of this folder share. Private to
 * bridge/pipeline.
 *
 *     accept.c    a request becomes a flow, or an error
 *     prepare.c   the attempt, how the servers stand, is the syntax right
 *     flow.c      events, the actions they lead to, and who waits for answers
 *     deliver.c   the file goes out; somebody else's version is dealt with
 *     follow.c    the servers' words, in time and late
 *     resume.c    what the last bridge left
 *     rest.c      servers to which it had not delivered any more
 *     targets.c   the configuration and probes
 *     older.c     pickup directories that hold an older version of ours
 *     rollback.c  which bytes to go back to
 *
 * Thread: loop. A flow is freed when nothing refers to it any more: each
 * callback that is still to come holds one reference, the list another.
 */
#ifndef HB_PIPELINE_FLOW_H
#define HB_PIPELINE_FLOW_H

#include "base/lane.h"
#include "delivery/delivery.h"
#include "pipeline/deploy.h"
#include "pipeline/pipeline.h"
#include "pipeline/queue.h"

/* Seconds between tries to record an outcome that could not be recorded. */
#define HB_FLOW_RETRY_SECONDS 1
/* Versions of others that one deploy may find before it gives up. */
#define HB_FLOW_FOUND_MAX 8

struct hb_waiter {
    hb_pipeline_fn done;
    void *user;
};

/* The syntax as a Python judged it, and which one was asked. */
struct hb_checked {
    bool asked;
    char *python;
    char *python_version;
    struct hb_syntax_result result;
    char *message;
    char *version;
};

struct hb_flow {
    struct hb_pipeline *pipeline;
    struct hb_flow *next; /* in the pipeline's list */
    unsigned references;
    bool listed;

    struct hb_deploy *deploy;
    struct hb_target *target; /* as probed */
    char *bytes;
    size_t len;
    bool force;
    enum hb_phase phase;
    double accepted; /* monotonic */
    struct hb_waiter *waiters;
    size_t waiter_count;

    /* preparing */
    unsigned preparing;      /* answers still to come */
    bool ready;              /* none is, and it waits for its turn */
    struct hb_deploy *known; /* this id's deploy in the history */
    struct hb_error failure;
    struct hb_checked checked;
    /* The attempt is in the history; told only when it is also deployable. */
    char attempt[HB_OID_SIZE];
    double recorded;
    enum hb_outcome refused; /* decided before recording */

    /* waiting and delivering */
    bool waited;  /* what was probed may be stale */
    bool give_up; /* cancelled before it was recorded */
    bool *flags;  /* per server: gets the file */
    struct hb_log_mark *marks;
    struct hb_strings may_go; /* blobs that may be overwritten */
    unsigned found_count;
    struct hb_put_result *found; /* being recorded */
    bool conflict;
    uv_timer_t timer; /* pauses, and tries again */
    bool timer_open;
    bool resumed;

    /* confirming */
    struct hb_watch *watch;
    uint64_t nudging; /* pickup directories being touched, a bit each */
    bool late_writing;
    bool late_again;
    bool told; /* the waiters have been answered */
};

/* What the target was last given of a module, in this bridge's time. */
struct hb_given {
    struct hb_given *next;
    char *target;
    char *module;
    char blob[HB_OID_SIZE];
    char found[HB_OID_SIZE]; /* recorded foreign version that may go */
    int64_t mtime;
    bool recorded; /* one was, that was asked of this bridge */
};

/* A promised answer that is not tied to a flow: embedded, first member. */
struct hb_call {
    struct hb_pipeline *pipeline;
    struct hb_call *next;
    void *user;
    bool forgotten;
};

struct hb_pipeline {
    struct hb_pipeline_parts parts;
    struct hb_pipeline_listener listener;
    char *config_path;
    struct hb_config *config;
    uv_fs_event_t config_watch;
    uv_timer_t config_timer; /* lets an editor finish its writing */
    uv_timer_t resume_timer; /* what was left could not be read: once more */
    unsigned resume_tries;
    struct hb_flow *flows;
    size_t flow_count; /* not DONE yet */
    int64_t order;     /* of the last deploy, see hb_deploy_order() */
    struct hb_queue *queues;
    size_t queue_count;
    struct hb_given *given;
    struct hb_call *calls;
    unsigned busy; /* jobs whose callback is still to come */
    bool stopping;
    void (*stopped)(void *user);
    void *stopped_user;
    uv_idle_t stop_check;
    bool stop_check_open;
    unsigned closing; /* handles that still close */
};

/* ---- flow.c ----------------------------------------------------------- */
struct hb_flow *hb_flow_new(struct hb_pipeline *pipeline,
                            struct hb_deploy *deploy,
                            const struct hb_target *target, char *bytes,
                            size_t len);
/* For a callback to come; _end gives it back and is the last use of flow. */
void hb_flow_begin(struct hb_flow *flow);
void hb_flow_end(struct hb_flow *flow);
void hb_flow_wait(struct hb_flow *flow, hb_pipeline_fn done, void *user);
void hb_flow_event(struct hb_flow *flow, enum hb_event event);
/* Sets the outcome and its sentence. */
void hb_flow_conclude(struct hb_flow *flow, enum hb_outcome outcome,
                      const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Answers with an error instead of a deploy, and drops the flow. */
void hb_flow_fail(struct hb_flow *flow, const struct hb_error *err);
/* The bridge stops: the deploy stays pending in the history. */
void hb_flow_leave(struct hb_flow *flow);
void hb_flow_tell(struct hb_flow *flow);        /* deploy/changed */
void hb_flow_answer(struct hb_flow *flow);      /* to those who wait */
void hb_flow_drop(struct hb_flow *flow);        /* out of the list */
double hb_flow_age(const struct hb_flow *flow); /* seconds since acceptance */
void hb_flow_start_timer(struct hb_flow *flow, uint64_t ms, uv_timer_cb fn);
struct hb_flow *hb_flow_find(struct hb_pipeline *pipeline, const char *id);
struct hb_queue *hb_flow_queue(struct hb_flow *flow);
struct hb_given *hb_flow_given(struct hb_flow *flow);

/* ---- the other files -------------------------------------------------- */
void hb_flow_prepare(struct hb_flow *flow);
/* An attempt that the last bridge left goes on: is its syntax right? */
void hb_flow_prepare_again(struct hb_flow *flow);
/* What is ready goes on, where nothing on its target comes before it. */
void hb_pipeline_go_on(struct hb_pipeline *pipeline);
void hb_checked_release(struct hb_checked *checked);
void hb_flow_deliver(struct hb_flow *flow);
/* Before delivery: what the servers say from then on counts. */
void hb_flow_begin_watch(struct hb_flow *flow);
/* What to deliver to those servers, whose files are to be newer than `after`.
 * Of the flow's own memory. */
struct hb_put_request hb_flow_put_request(const struct hb_flow *flow,
                                          const bool *flags, int64_t after);
/* Fills may_go, once. */
void hb_flow_list_what_may_go(struct hb_flow *flow);
/* Warns of others' versions that came between two looks and could not be put
 * back. The watch is another one then. */
void hb_flow_tell_kept(struct hb_flow *flow,
                       const struct hb_put_result *result);
void hb_flow_find_version(struct hb_flow *flow);
void hb_flow_confirm(struct hb_flow *flow);
struct hb_watch *hb_flow_watch(struct hb_flow *flow, double timeout);
/* A server has spoken after the outcome was known. */
void hb_flow_late(struct hb_flow *flow);
/* Frees the late watches of older deploys of this flow's module. */
void hb_flow_replace_older(struct hb_flow *flow);
void hb_pipeline_accept(struct hb_pipeline *pipeline,
                        const struct hb_request *request, const char *client,
                        enum hb_trigger trigger, const char *bytes, size_t len,
                        hb_pipeline_fn done, void *user);
bool hb_pipeline_load(struct hb_pipeline *pipeline, struct hb_error *err);
void hb_pipeline_watch_config(struct hb_pipeline *pipeline);
/* What the last bridge left goes on. What cannot be read of it is tried again,
 * HB_PIPELINE_RESUME_TRIES times, at first after HB_PIPELINE_RESUME_MS, then
 * after twice as long each time; then the next start tries. */
#define HB_PIPELINE_RESUME_MS 1000
#define HB_PIPELINE_RESUME_TRIES 8
void hb_pipeline_resume(struct hb_pipeline *pipeline);

/* What a server has of a deploy that an earlier bridge had begun to deliver. */
struct hb_seen {
    bool has;   /* its pickup directory holds our bytes, or cannot be read */
    bool lacks; /* it does not, and no other server shares what it picks up */
    char *why;  /* it was not given it, or NULL */
    struct hb_log_mark mark; /* of its log, now; the name is not set */
};
/* Follows those that have it. Those that lack it are given it, or are told not
 * to have been. Frees `seen`. */
void hb_flow_follow_on(struct hb_flow *flow, struct hb_seen *seen,
                       bool deliver);
/* One callback less to come; the last one lets a stop go on. */
void hb_pipeline_idle(struct hb_pipeline *pipeline);
/* Promises an answer; _end takes the promise back, and lets a stop go on. */
void hb_call_begin(struct hb_call *call, struct hb_pipeline *pipeline,
                   void *user);
void hb_call_end(struct hb_call *call);

#endif
