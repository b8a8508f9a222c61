#include "pipeline/flow.h"

#include "base/clock.h"
#include "delivery/delivery.h"
#include "pipeline/older.h"
#include "target/probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "resume"
#include "base/log.h"

/* What was recorded longer ago than this and not delivered is not delivered
 * any more: nobody waits for it, and the target has gone on. */
#define FRESH_MS (60 * 1000)

struct look_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_target *target;
    bool only_late;
    bool newer;           /* another attempt of the module came after it */
    bool delivered;       /* it may be followed at some server */
    struct hb_seen *seen; /* per server */
};

struct sweep_job {
    struct hb_job base;
    struct hb_pipeline *pipeline;
    struct hb_target *target;
    struct hb_lying_list lying;
};

/* A pickup directory that is not there holds nothing; of one that cannot be
 * read it is not known, and its server may say it. */
static void look_at(const struct hb_server *server, const char *module,
                    const char *ours, struct hb_seen *seen)
{
    struct hb_error err = {0};
    char blob[HB_OID_SIZE];
    if (server->pickup == NULL) {
        return;
    }
    if (hb_delivery_look(server, module, blob, &err)) {
        seen->has = strcmp(blob, ours) == 0;
    } else if (access(server->pickup, F_OK) == 0 || errno != ENOENT) {
        LOG_WARN("%s: %s; whether it was delivered there is not known",
                 server->name, err.message);
        seen->has = true;
    }
    seen->lacks = !seen->has;
    if (server->log != NULL) {
        hb_confirm_mark(server->log, &seen->mark.inode, &seen->mark.offset);
    }
}

static void look(struct hb_job *base)
{
    struct look_job *job = (struct look_job *)base;
    const struct hb_deploy *deploy = job->flow->deploy;
    hb_target_probe(job->target);
    bool to_all = hb_delivery_to_all(job->target);
    job->seen = hb_alloc((job->target->server_count + 1) * sizeof *job->seen);
    for (size_t i = 0; i < job->target->server_count; i++) {
        struct hb_seen *seen = &job->seen[i];
        look_at(&job->target->servers[i], deploy->module, deploy->blob, seen);
        seen->lacks = seen->lacks && to_all;
        job->delivered = job->delivered || seen->has;
    }
}

/* The servers that it speaks of are those that the target has now. */
static void name_servers(struct hb_flow *flow)
{
    struct hb_deploy *deploy = flow->deploy;
    for (size_t i = 0; i < flow->target->server_count; i++) {
        const char *name = flow->target->servers[i].name;
        if (hb_deploy_server(deploy, name) == NULL) {
            hb_deploy_add_server(deploy, name);
        }
    }
}

static void listen_late(struct hb_flow *flow)
{
    memcpy(hb_flow_given(flow)->blob, flow->deploy->blob, HB_OID_SIZE);
    hb_flow_begin_watch(flow);
    flow->phase = HB_PHASE_DONE;
    flow->told = true;
    flow->pipeline->flow_count--;
    hb_watch_start_late(flow->watch);
}

static void on_looked(struct hb_job *base)
{
    struct look_job *job = (struct look_job *)base;
    struct hb_flow *flow = job->flow;
    struct hb_deploy *deploy = flow->deploy;
    hb_target_free(flow->target);
    flow->target = job->target;
    name_servers(flow);
    bool may = hb_clock_wall() - deploy->started < FRESH_MS && !job->newer &&
               flow->target->guard == HB_GUARD_NONE;
    if (job->only_late) {
        listen_late(flow);
    } else if (job->delivered) {
        LOG_INFO("%s: was delivered, its servers are followed", deploy->id);
        hb_flow_follow_on(flow, job->seen, may);
        job->seen = NULL;
    } else if (may) {
        LOG_INFO("%s: is taken up again", deploy->id);
        flow->waited = true;
        hb_flow_prepare_again(flow);
    } else {
        hb_flow_conclude(flow, HB_OUTCOME_CANCELLED,
                         "the bridge was away before this was delivered; "
                         "the bytes are kept");
        hb_flow_event(flow, HB_EVENT_GIVEN_UP);
    }
    free(job->seen);
    free(job);
    hb_pipeline_go_on(flow->pipeline);
    hb_flow_end(flow);
}

/* A pending deploy's marks, put in the order of the target's servers. */
static void take_marks(struct hb_flow *flow, const struct hb_pending *pending)
{
    flow->marks = hb_alloc(flow->target->server_count * sizeof *flow->marks);
    for (size_t i = 0; i < flow->target->server_count; i++) {
        const char *name = flow->target->servers[i].name;
        flow->marks[i].server = hb_strdup(name);
        for (size_t k = 0; k < pending->mark_count; k++) {
            if (strcmp(pending->marks[k].server, name) == 0) {
                flow->marks[i].inode = pending->marks[k].inode;
                flow->marks[i].offset = pending->marks[k].offset;
            }
        }
    }
}

/* What we gave the target before is no foreign version. */
static void take_given(struct hb_flow *flow, const struct hb_pending *pending)
{
    struct hb_given *given = hb_flow_given(flow);
    if (given->blob[0] == '\0') {
        memcpy(given->blob, pending->last_blob, sizeof given->blob);
    }
    if (given->found[0] == '\0') {
        memcpy(given->found, pending->found_blob, sizeof given->found);
    }
}

static void take_up(struct hb_pipeline *pipeline,
                    const struct hb_pending *pending, bool newer)
{
    const struct hb_target *target =
        hb_config_target(pipeline->config, pending->deploy->target, NULL);
    struct hb_target *gone = NULL;
    if (target == NULL && pending->done) {
        return; /* the target was removed: there is nobody to listen to */
    }
    if (target == NULL) {
        gone = hb_target_new(pending->deploy->target);
        gone->guard = HB_GUARD_MANUAL; /* never delivered by itself */
        target = gone;
    }
    char *bytes = hb_alloc(pending->len + 1);
    memcpy(bytes, pending->bytes, pending->len);
    struct hb_flow *flow = hb_flow_new(
        pipeline, hb_deploy_copy(pending->deploy), target, bytes, pending->len);
    flow->resumed = true;
    memcpy(flow->attempt, flow->deploy->attempt, sizeof flow->attempt);
    take_marks(flow, pending);
    take_given(flow, pending);
    struct look_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->target = hb_target_copy(target);
    job->only_late = pending->done;
    job->newer = newer;
    hb_flow_begin(flow);
    hb_job_run(pipeline->parts.loop, &job->base, look, on_looked);
    hb_target_free(gone);
}

static bool is_of(const struct hb_deploy *deploy, const char *target,
                  const char *module)
{
    return strcmp(deploy->target, target) == 0 &&
           strcmp(deploy->module, module) == 0;
}

/* Did a later deploy of the module come? One was delivered, or is among `rest`,
 * which were asked for later, or was asked of this bridge. */
static bool is_outdated(const struct hb_pipeline *pipeline,
                        const struct hb_pending *pending,
                        const struct hb_pending *rest, size_t count)
{
    const struct hb_deploy *deploy = pending->deploy;
    bool newer = pending->newer;
    for (size_t i = 0; i < count; i++) {
        newer = newer ||
                is_of(deploy, rest[i].deploy->target, rest[i].deploy->module);
    }
    for (const struct hb_given *given = pipeline->given; given != NULL;
         given = given->next) {
        newer = newer || (given->recorded &&
                          is_of(deploy, given->target, given->module));
    }
    return newer;
}

static void ask_for_pending(struct hb_pipeline *pipeline);

static void on_resume_timer(uv_timer_t *timer)
{
    struct hb_pipeline *pipeline = timer->data;
    if (!pipeline->stopping) {
        ask_for_pending(pipeline);
    }
}

static void try_again(struct hb_pipeline *pipeline, const struct hb_error *err)
{
    if (pipeline->resume_tries >= HB_PIPELINE_RESUME_TRIES) {
        LOG_ERR("what the last bridge left cannot be read: %s; the next start "
                "tries again",
                err->message);
        return;
    }
    uint64_t wait = (uint64_t)HB_PIPELINE_RESUME_MS << pipeline->resume_tries++;
    LOG_ERR("what the last bridge left cannot be read yet: %s", err->message);
    uv_timer_start(&pipeline->resume_timer, on_resume_timer, wait, 0);
}

/* It was taken up by a try before, or asked of this bridge. One that is asked
 * for again, by its id, is not: it is told so. */
static bool is_under_way(const struct hb_pipeline *pipeline, const char *id)
{
    const struct hb_flow *flow = pipeline->flows;
    while (flow != NULL && (strcasecmp(flow->deploy->id, id) != 0 ||
                            flow->attempt[0] == '\0')) {
        flow = flow->next;
    }
    return flow != NULL;
}

static void on_pending(void *user, const struct hb_error *err,
                       struct hb_pending *pending, size_t count)
{
    struct hb_pipeline *pipeline = user;
    if (err != NULL && err->code != HB_OK) {
        try_again(pipeline, err);
    }
    for (size_t i = 0; i < count; i++) {
        const struct hb_deploy *deploy = pending[i].deploy;
        if (is_under_way(pipeline, deploy->id)) {
            continue;
        }
        if (hb_deploy_order(deploy) > pipeline->order) {
            pipeline->order = hb_deploy_order(deploy);
        }
        take_up(
            pipeline, &pending[i],
            is_outdated(pipeline, &pending[i], &pending[i + 1], count - i - 1));
    }
    hb_pipeline_idle(pipeline);
}

static void ask_for_pending(struct hb_pipeline *pipeline)
{
    pipeline->busy++;
    hb_history_pending(pipeline->parts.history, on_pending, pipeline);
}

/* ---- what a bridge that was killed, or a loss of power, left ----------- */

static void sweep(struct hb_job *base)
{
    struct sweep_job *job = (struct sweep_job *)base;
    hb_target_probe(job->target);
    for (size_t i = 0; i < job->target->server_count; i++) {
        hb_delivery_sweep(&job->target->servers[i]);
    }
    hb_older_gather(job->target, &job->lying);
}

static void on_older(void *user, const struct hb_error *err,
                     const struct hb_lying *lying, size_t count)
{
    struct sweep_job *job = user;
    struct hb_pipeline *pipeline = job->pipeline;
    size_t told = job->target->problems.count;
    if (err != NULL) {
        LOG_WARN("%s: it is not known whether its pickup directories hold "
                 "what was deployed last: %s",
                 job->target->name, err->message);
    } else {
        hb_older_tell(pipeline, job->target, lying, count);
    }
    for (size_t i = told; i < job->target->problems.count; i++) {
        LOG_WARN("%s: %s", job->target->name, job->target->problems.items[i]);
    }
    hb_target_free(job->target);
    free(job);
    hb_pipeline_idle(pipeline);
}

/* What is pending is asked for before: it is no loss. */
static void on_swept(struct hb_job *base)
{
    struct sweep_job *job = (struct sweep_job *)base;
    hb_history_older(job->pipeline->parts.history, job->target->name,
                     job->lying.items, job->lying.count, on_older, job);
}

static void sweep_all(struct hb_pipeline *pipeline)
{
    for (size_t i = 0; i < pipeline->config->target_count; i++) {
        struct sweep_job *job = hb_alloc(sizeof *job);
        job->pipeline = pipeline;
        job->target = hb_target_copy(pipeline->config->targets[i]);
        pipeline->busy++;
        hb_job_run(pipeline->parts.loop, &job->base, sweep, on_swept);
    }
}

void hb_pipeline_resume(struct hb_pipeline *pipeline)
{
    uv_timer_init(pipeline->parts.loop, &pipeline->resume_timer);
    pipeline->resume_timer.data = pipeline;
    sweep_all(pipeline);
    ask_for_pending(pipeline);
}
