#include "pipeline/flow.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A question about a deploy that is not under way any more. */
struct get_call {
    struct hb_call base;
    hb_pipeline_fn done;
};

void hb_call_begin(struct hb_call *call, struct hb_pipeline *pipeline,
                   void *user)
{
    call->pipeline = pipeline;
    call->user = user;
    call->next = pipeline->calls;
    pipeline->calls = call;
    pipeline->busy++;
}

void hb_call_end(struct hb_call *call)
{
    struct hb_call **at = &call->pipeline->calls;
    while (*at != call) {
        at = &(*at)->next;
    }
    *at = call->next;
    hb_pipeline_idle(call->pipeline);
}

struct hb_pipeline *hb_pipeline_new(const struct hb_pipeline_parts *parts,
                                    const struct hb_pipeline_listener *listener,
                                    struct hb_error *err)
{
    struct hb_pipeline *pipeline = hb_alloc(sizeof *pipeline);
    pipeline->parts = *parts;
    pipeline->listener = *listener;
    pipeline->config_path = hb_strdup(parts->config_path);
    if (!hb_pipeline_load(pipeline, err)) {
        free(pipeline->config_path);
        free(pipeline);
        return NULL;
    }
    hb_pipeline_watch_config(pipeline);
    hb_pipeline_resume(pipeline);
    return pipeline;
}

const struct hb_config *hb_pipeline_config(const struct hb_pipeline *pipeline)
{
    return pipeline->config;
}

static void on_got(void *user, const struct hb_error *err,
                   const struct hb_deploy *deploy)
{
    struct get_call *call = user;
    if (!call->base.forgotten) {
        call->done(call->base.user, deploy == NULL ? err : NULL, deploy);
    }
    hb_call_end(&call->base);
    free(call);
}

void hb_pipeline_get(struct hb_pipeline *pipeline, const char *id,
                     hb_pipeline_fn done, void *user)
{
    struct hb_flow *flow = hb_flow_find(pipeline, id);
    if (flow != NULL && flow->deploy->state != HB_STATE_ACCEPTED) {
        done(user, NULL, flow->deploy);
        return;
    }
    struct get_call *call = hb_alloc(sizeof *call);
    call->done = done;
    hb_call_begin(&call->base, pipeline, user);
    hb_history_get(pipeline->parts.history, id, on_got, call);
}

void hb_pipeline_cancel(struct hb_pipeline *pipeline, const char *id,
                        hb_pipeline_fn done, void *user)
{
    struct hb_flow *flow = hb_flow_find(pipeline, id);
    struct hb_error err = {0};
    if (flow == NULL) {
        /* Not under way: what it came to, or that nobody knows it. */
        hb_pipeline_get(pipeline, id, done, user);
    } else if (hb_phase_can_give_up(flow->phase)) {
        hb_flow_wait(flow, done, user);
        hb_flow_conclude(flow, HB_OUTCOME_CANCELLED,
                         "cancelled before it was delivered");
        hb_flow_event(flow, HB_EVENT_GIVEN_UP);
    } else if (flow->phase < HB_PHASE_WAITING) {
        hb_flow_wait(flow, done, user);
        flow->give_up = true;
    } else if (flow->phase == HB_PHASE_DONE) {
        done(user, NULL, flow->deploy);
    } else {
        hb_error_set(&err, HB_ELATE,
                     "%s is being delivered to %s already and cannot be "
                     "cancelled: roll it back when it is done",
                     flow->deploy->module, flow->deploy->target);
        done(user, &err, NULL);
    }
}

void hb_pipeline_forget(struct hb_pipeline *pipeline, void *user)
{
    for (struct hb_flow *flow = pipeline->flows; flow != NULL;
         flow = flow->next) {
        for (size_t i = 0; i < flow->waiter_count; i++) {
            if (flow->waiters[i].user == user) {
                flow->waiters[i].done = NULL;
            }
        }
    }
    for (struct hb_call *call = pipeline->calls; call != NULL;
         call = call->next) {
        call->forgotten = call->forgotten || call->user == user;
    }
}

/* ---- the end ---------------------------------------------------------- */

static void on_stop_check(uv_idle_t *idle)
{
    struct hb_pipeline *pipeline = idle->data;
    if (pipeline->busy == 0) {
        uv_idle_stop(idle);
        pipeline->stopped(pipeline->stopped_user);
    }
}

void hb_pipeline_idle(struct hb_pipeline *pipeline)
{
    assert(pipeline->busy > 0);
    if (--pipeline->busy == 0 && pipeline->stopping) {
        uv_idle_start(&pipeline->stop_check, on_stop_check);
    }
}

void hb_pipeline_stop(struct hb_pipeline *pipeline, void (*stopped)(void *user),
                      void *user)
{
    pipeline->stopping = true;
    pipeline->stopped = stopped;
    pipeline->stopped_user = user;
    uv_idle_init(pipeline->parts.loop, &pipeline->stop_check);
    pipeline->stop_check.data = pipeline;
    pipeline->stop_check_open = true;
    struct hb_flow *next;
    for (struct hb_flow *flow = pipeline->flows; flow != NULL; flow = next) {
        next = flow->next;
        if (flow->phase == HB_PHASE_WAITING ||
            flow->phase == HB_PHASE_PAUSING ||
            flow->phase == HB_PHASE_CONFIRMING) {
            hb_flow_leave(flow);
        }
    }
    if (pipeline->busy == 0) {
        uv_idle_start(&pipeline->stop_check, on_stop_check);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct hb_pipeline *pipeline = handle->data;
    if (--pipeline->closing == 0) {
        free(pipeline->config_path);
        free(pipeline);
    }
}

void hb_pipeline_free(struct hb_pipeline *pipeline)
{
    if (pipeline == NULL) {
        return;
    }
    while (pipeline->flows != NULL) {
        hb_flow_drop(pipeline->flows);
    }
    for (size_t i = 0; i < pipeline->queue_count; i++) {
        hb_queue_release(&pipeline->queues[i]);
    }
    while (pipeline->given != NULL) {
        struct hb_given *given = pipeline->given;
        pipeline->given = given->next;
        free(given->target);
        free(given->module);
        free(given);
    }
    free(pipeline->queues);
    hb_config_free(pipeline->config);
    pipeline->closing = 3 + pipeline->stop_check_open;
    uv_close((uv_handle_t *)&pipeline->resume_timer, on_closed);
    uv_close((uv_handle_t *)&pipeline->config_watch, on_closed);
    uv_close((uv_handle_t *)&pipeline->config_timer, on_closed);
    if (pipeline->stop_check_open) {
        uv_close((uv_handle_t *)&pipeline->stop_check, on_closed);
    }
}
