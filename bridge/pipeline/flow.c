#include "pipeline/flow.h"

#include "base/clock.h"
#include "delivery/delivery.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "flow"
#include "base/log.h"

struct hb_flow *hb_flow_new(struct hb_pipeline *pipeline,
                            struct hb_deploy *deploy,
                            const struct hb_target *target, char *bytes,
                            size_t len)
{
    struct hb_flow *flow = hb_alloc(sizeof *flow);
    flow->pipeline = pipeline;
    flow->deploy = deploy;
    flow->target = hb_target_copy(target);
    flow->bytes = bytes;
    flow->len = len;
    flow->accepted = hb_clock_monotonic();
    flow->references = 1;
    flow->listed = true;
    struct hb_flow **end = &pipeline->flows;
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = flow;
    pipeline->flow_count++;
    return flow;
}

static void release(struct hb_flow *flow)
{
    size_t servers = flow->target->server_count;
    hb_watch_free(flow->watch);
    for (size_t i = 0; flow->marks != NULL && i < servers; i++) {
        free(flow->marks[i].server);
    }
    if (flow->found != NULL) {
        hb_put_result_release(flow->found);
        free(flow->found);
    }
    free(flow->marks);
    free(flow->flags);
    free(flow->waiters);
    free(flow->bytes);
    hb_strings_release(&flow->may_go);
    hb_checked_release(&flow->checked);
    hb_deploy_free(flow->known);
    hb_deploy_free(flow->deploy);
    hb_target_free(flow->target);
    free(flow);
}

static void unreference(struct hb_flow *flow)
{
    assert(flow->references > 0);
    if (--flow->references == 0) {
        release(flow);
    }
}

void hb_flow_begin(struct hb_flow *flow)
{
    flow->references++;
    flow->pipeline->busy++;
}

void hb_flow_end(struct hb_flow *flow)
{
    struct hb_pipeline *pipeline = flow->pipeline;
    unreference(flow);
    hb_pipeline_idle(pipeline);
}

static void on_timer_closed(uv_handle_t *handle)
{
    unreference(handle->data);
}

static void close_timer(struct hb_flow *flow)
{
    if (flow->timer_open) {
        flow->timer_open = false;
        uv_close((uv_handle_t *)&flow->timer, on_timer_closed);
    }
}

void hb_flow_start_timer(struct hb_flow *flow, uint64_t ms, uv_timer_cb fn)
{
    if (!flow->timer_open) {
        uv_timer_init(flow->pipeline->parts.loop, &flow->timer);
        flow->timer.data = flow;
        flow->timer_open = true;
        flow->references++;
    }
    uv_timer_start(&flow->timer, fn, ms, 0);
}

void hb_flow_drop(struct hb_flow *flow)
{
    if (!flow->listed) {
        return;
    }
    struct hb_flow **at = &flow->pipeline->flows;
    while (*at != flow) {
        at = &(*at)->next;
    }
    *at = flow->next;
    flow->listed = false;
    if (flow->phase != HB_PHASE_DONE) {
        flow->pipeline->flow_count--;
    }
    hb_queue_remove(hb_flow_queue(flow), flow);
    hb_watch_free(flow->watch);
    flow->watch = NULL;
    close_timer(flow);
    unreference(flow);
}

double hb_flow_age(const struct hb_flow *flow)
{
    return hb_clock_monotonic() - flow->accepted;
}

struct hb_flow *hb_flow_find(struct hb_pipeline *pipeline, const char *id)
{
    struct hb_flow *flow = pipeline->flows;
    while (flow != NULL && strcasecmp(flow->deploy->id, id) != 0) {
        flow = flow->next;
    }
    return flow;
}

struct hb_queue *hb_flow_queue(struct hb_flow *flow)
{
    struct hb_pipeline *pipeline = flow->pipeline;
    for (size_t i = 0; i < pipeline->queue_count; i++) {
        if (strcmp(pipeline->queues[i].target, flow->deploy->target) == 0) {
            return &pipeline->queues[i];
        }
    }
    pipeline->queues = hb_realloc_array(
        pipeline->queues, pipeline->queue_count + 1, sizeof *pipeline->queues);
    struct hb_queue *queue = &pipeline->queues[pipeline->queue_count++];
    hb_queue_init(queue, flow->deploy->target);
    return queue;
}

struct hb_given *hb_flow_given(struct hb_flow *flow)
{
    struct hb_pipeline *pipeline = flow->pipeline;
    struct hb_given *given = pipeline->given;
    while (given != NULL &&
           (strcmp(given->target, flow->deploy->target) != 0 ||
            strcmp(given->module, flow->deploy->module) != 0)) {
        given = given->next;
    }
    if (given == NULL) {
        given = hb_alloc(sizeof *given);
        given->target = hb_strdup(flow->deploy->target);
        given->module = hb_strdup(flow->deploy->module);
        given->next = pipeline->given;
        pipeline->given = given;
    }
    return given;
}

void hb_flow_wait(struct hb_flow *flow, hb_pipeline_fn done, void *user)
{
    flow->waiters = hb_realloc_array(flow->waiters, flow->waiter_count + 1,
                                     sizeof *flow->waiters);
    flow->waiters[flow->waiter_count++] =
        (struct hb_waiter){.done = done, .user = user};
}

static void answer(struct hb_flow *flow, const struct hb_error *err,
                   const struct hb_deploy *deploy)
{
    struct hb_waiter *waiters = flow->waiters;
    size_t count = flow->waiter_count;
    flow->waiters = NULL;
    flow->waiter_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (waiters[i].done != NULL) {
            waiters[i].done(waiters[i].user, err, deploy);
        }
    }
    free(waiters);
}

void hb_flow_answer(struct hb_flow *flow)
{
    flow->told = true;
    answer(flow, NULL, flow->deploy);
}

void hb_flow_tell(struct hb_flow *flow)
{
    flow->pipeline->listener.changed(flow->pipeline->listener.user,
                                     flow->deploy);
}

void hb_flow_fail(struct hb_flow *flow, const struct hb_error *err)
{
    LOG_WARN("%s: %s", flow->deploy->id, err->message);
    answer(flow, err, NULL);
    hb_flow_drop(flow);
}

void hb_flow_leave(struct hb_flow *flow)
{
    struct hb_error err = {0};
    if (flow->attempt[0] != '\0') {
        /* No error: it goes on when the bridge starts again. Who waits sees
         * the connection end and asks by the id. */
        LOG_INFO("%s: stays pending", flow->deploy->id);
        hb_flow_drop(flow);
        return;
    }
    hb_error_set(&err, HB_ESTOPPING,
                 "the bridge is stopping and has not recorded this: ask again "
                 "when it runs");
    hb_flow_fail(flow, &err);
}

void hb_flow_conclude(struct hb_flow *flow, enum hb_outcome outcome,
                      const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = hb_vformat(format, args);
    va_end(args);
    free(flow->deploy->message);
    flow->deploy->message = message;
    flow->deploy->outcome = outcome;
}

/* Whoever waits on the target may have its turn now. */
static void advance(struct hb_queue *queue)
{
    struct hb_flow *flow = hb_queue_next(queue);
    if (flow != NULL && !flow->pipeline->stopping) {
        hb_flow_event(flow, HB_EVENT_TURN);
    }
}

/* Gives up what a newer deploy of the module makes pointless. */
static void supersede_older(struct hb_flow *flow)
{
    struct hb_flow *next;
    for (struct hb_flow *other = flow->pipeline->flows; other != NULL;
         other = next) {
        next = other->next;
        if (other == flow ||
            strcmp(other->deploy->target, flow->deploy->target) != 0 ||
            strcmp(other->deploy->module, flow->deploy->module) != 0) {
            continue;
        }
        if (hb_phase_can_give_up(other->phase)) {
            hb_flow_conclude(other, HB_OUTCOME_SUPERSEDED,
                             "replaced by a newer save before it was "
                             "delivered");
            hb_flow_event(other, HB_EVENT_GIVEN_UP);
        } else if (other->phase == HB_PHASE_CONFIRMING &&
                   other->watch != NULL) {
            hb_watch_hurry(other->watch);
        }
    }
}

static void enqueue(struct hb_flow *flow)
{
    struct hb_queue *queue = hb_flow_queue(flow);
    hb_queue_add(queue, flow);
    flow->references++;
    supersede_older(flow);
    advance(hb_flow_queue(flow));
    if (flow->phase == HB_PHASE_WAITING) {
        flow->waited = true;
        flow->deploy->state = HB_STATE_QUEUED;
        hb_flow_tell(flow);
    }
    unreference(flow);
}

static void conclude(struct hb_flow *flow);

static void on_retry(uv_timer_t *timer)
{
    struct hb_flow *flow = timer->data;
    if (!flow->pipeline->stopping) {
        conclude(flow);
    }
}

/* The outcome is known and could not be recorded: it is told, with that, and
 * tried again until the history can be written. */
static void on_concluded(void *user, const struct hb_error *err,
                         const char *commit)
{
    struct hb_flow *flow = user;
    struct hb_deploy *deploy = flow->deploy;
    if (err != NULL && err->code != HB_OK) {
        LOG_ERR("%s: the outcome is not recorded yet: %s", deploy->id,
                err->message);
        if (!flow->told) {
            deploy->state = HB_STATE_DONE;
            hb_deploy_add_warning(deploy, "outcome-not-recorded",
                                  "the outcome is not in the history yet: %s",
                                  err->message);
            hb_flow_tell(flow);
            hb_flow_answer(flow);
        }
        hb_flow_start_timer(flow, HB_FLOW_RETRY_SECONDS * 1000, on_retry);
        goto out;
    }
    snprintf(deploy->commit, sizeof deploy->commit, "%s", commit);
    deploy->state = HB_STATE_DONE;
    hb_flow_event(flow, HB_EVENT_CONCLUDED);
out:
    hb_flow_end(flow);
}

static void conclude(struct hb_flow *flow)
{
    struct hb_history *history = flow->pipeline->parts.history;
    if (flow->deploy->finished == 0) {
        flow->deploy->finished = hb_clock_wall();
    }
    hb_flow_begin(flow);
    if (flow->attempt[0] == '\0') {
        hb_history_rejected(history, flow->deploy, flow->bytes, flow->len,
                            on_concluded, flow);
    } else {
        hb_history_outcome(history, flow->deploy, on_concluded, flow);
    }
}

/* Whatever late words may still change is kept; the rest goes. */
static void finish(struct hb_flow *flow)
{
    flow->pipeline->flow_count--;
    close_timer(flow);
    flow->references++;
    hb_flow_tell(flow);
    hb_flow_answer(flow);
    if (flow->late_again && flow->watch != NULL) {
        flow->late_again = false;
        hb_flow_late(flow);
    } else if (flow->watch == NULL || flow->deploy->live) {
        hb_flow_drop(flow);
    }
    unreference(flow);
}

static void act(struct hb_flow *flow, enum hb_action action)
{
    switch (action) {
    case HB_ACTION_NONE: break;
    case HB_ACTION_QUEUE: enqueue(flow); break;
    case HB_ACTION_PAUSE: break;
    case HB_ACTION_DELIVER: hb_flow_deliver(flow); break;
    case HB_ACTION_FIND: hb_flow_find_version(flow); break;
    case HB_ACTION_CONFIRM: hb_flow_confirm(flow); break;
    case HB_ACTION_REFUSE:
    case HB_ACTION_CONCLUDE:
        hb_queue_remove(hb_flow_queue(flow), flow);
        conclude(flow);
        advance(hb_flow_queue(flow));
        break;
    case HB_ACTION_FINISH: finish(flow); break;
    }
}

void hb_flow_event(struct hb_flow *flow, enum hb_event event)
{
    struct hb_transition to;
    if (!hb_phase_next(flow->phase, event, &to)) {
        LOG_ERR("%s: event %d means nothing in phase %d", flow->deploy->id,
                (int)event, (int)flow->phase);
        return;
    }
    if (flow->pipeline->stopping && to.next != HB_PHASE_CONCLUDING &&
        to.next != HB_PHASE_DONE) {
        hb_flow_leave(flow);
        return;
    }
    flow->phase = to.next;
    act(flow, to.action);
}
