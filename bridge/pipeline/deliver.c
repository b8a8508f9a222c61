#include "pipeline/flow.h"

#include "base/clock.h"
#include "delivery/delivery.h"
#include "pipeline/rules.h"
#include "target/probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "deliver"
#include "base/log.h"

/* How far back the history is asked whether a version found is ours. */
#define KNOWN_VERSIONS 100

/* No blob has this name: a list that holds it alone lets nothing go. */
#define NO_BLOB "none"

struct put_job {
    struct hb_job base;
    struct hb_flow *flow;
    int64_t after;
    struct hb_put_result result;
};

struct clean_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_put_result result;
};

struct stand_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_target *target;
    struct hb_log_mark *marks;
};

static void put(struct hb_flow *flow);

static void on_paused(uv_timer_t *timer)
{
    struct hb_flow *flow = timer->data;
    if (flow->phase == HB_PHASE_PAUSING && !flow->pipeline->stopping) {
        flow->waited = true;
        hb_flow_event(flow, HB_EVENT_PAUSED);
    }
}

static void pause_for(struct hb_flow *flow, uint64_t ms)
{
    hb_flow_event(flow, HB_EVENT_TOO_SOON);
    if (flow->deploy->state != HB_STATE_QUEUED) {
        flow->deploy->state = HB_STATE_QUEUED;
        hb_flow_tell(flow);
    }
    hb_flow_start_timer(flow, ms, on_paused);
}

/* Nothing was delivered since nothing could be. */
static void unreachable(struct hb_flow *flow, const char *why)
{
    for (size_t i = 0; i < flow->target->server_count; i++) {
        const struct hb_server *server = &flow->target->servers[i];
        struct hb_deploy_server *told = &flow->deploy->servers[i];
        told->state = server->found && server->running == HB_RUNNING_NO
                          ? HB_SERVER_STOPPED
                          : HB_SERVER_UNREACHABLE;
        if (server->problems.count > 0) {
            hb_replace(&told->message, server->problems.items[0]);
        }
    }
    hb_flow_conclude(flow, HB_OUTCOME_UNREACHABLE, "%s", why);
    hb_flow_event(flow, HB_EVENT_UNDELIVERED);
}

/* ---- how the servers and their logs stand now ------------------------- */

static void stand(struct hb_job *base)
{
    struct stand_job *job = (struct stand_job *)base;
    hb_target_probe_running(job->target);
    for (size_t i = 0; i < job->target->server_count; i++) {
        if (job->target->servers[i].log != NULL) {
            hb_confirm_mark(job->target->servers[i].log, &job->marks[i].inode,
                            &job->marks[i].offset);
        }
    }
}

static void on_marked(void *user, const struct hb_error *err,
                      const char *commit)
{
    struct hb_flow *flow = user;
    (void)commit;
    if (err != NULL && err->code != HB_OK) {
        /* The marks of the attempt still hold; only a restart reads more. */
        LOG_WARN("%s: %s", flow->deploy->id, err->message);
    }
    put(flow);
    hb_flow_end(flow);
}

static void on_stand(struct hb_job *base)
{
    struct stand_job *job = (struct stand_job *)base;
    struct hb_flow *flow = job->flow;
    hb_target_free(flow->target);
    flow->target = job->target;
    free(job);
    flow->waited = false;
    hb_history_delivering(flow->pipeline->parts.history, flow->deploy->id,
                          flow->marks, flow->target->server_count, on_marked,
                          flow);
}

void hb_flow_deliver(struct hb_flow *flow)
{
    if (!flow->waited) {
        put(flow);
        return;
    }
    struct stand_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->target = hb_target_copy(flow->target);
    job->marks = flow->marks; /* nobody else looks at them meanwhile */
    hb_flow_begin(flow);
    hb_job_run(flow->pipeline->parts.loop, &job->base, stand, on_stand);
}

/* ---- the file --------------------------------------------------------- */

struct hb_put_request hb_flow_put_request(const struct hb_flow *flow,
                                          const bool *flags, int64_t after)
{
    return (struct hb_put_request){
        .target = flow->target,
        .flags = flags,
        .module = flow->deploy->module,
        .bytes = flow->bytes,
        .len = flow->len,
        .blob = flow->deploy->blob,
        .document = flow->deploy->document,
        .known = &flow->may_go,
        .after = after,
    };
}

static void put_work(struct hb_job *base)
{
    struct put_job *job = (struct put_job *)base;
    const struct hb_flow *flow = job->flow;
    const struct hb_put_request request =
        hb_flow_put_request(flow, flow->flags, job->after);
    hb_delivery_put(&request, &job->result);
}

static void clean(struct hb_job *base)
{
    hb_delivery_clean(&((struct clean_job *)base)->result);
}

static void on_cleaned(struct hb_job *base)
{
    struct clean_job *job = (struct clean_job *)base;
    hb_put_result_release(&job->result);
    hb_flow_end(job->flow);
    free(job);
}

/* Takes the result over. */
static void clean_later(struct hb_flow *flow, struct hb_put_result *result)
{
    struct clean_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->result = *result;
    *result = (struct hb_put_result){0};
    hb_flow_begin(flow);
    hb_job_run(flow->pipeline->parts.loop, &job->base, clean, on_cleaned);
}

void hb_flow_begin_watch(struct hb_flow *flow)
{
    flow->watch = hb_flow_watch(flow, flow->target->confirm_timeout);
    for (size_t i = 0; i < flow->target->server_count; i++) {
        hb_watch_delivered(flow->watch, i, 0);
    }
}

void hb_flow_tell_kept(struct hb_flow *flow, const struct hb_put_result *result)
{
    for (size_t i = 0; i < flow->target->server_count; i++) {
        const char *kept = result->servers[i].rest.kept;
        if (kept == NULL) {
            continue;
        }
        LOG_WARN("%s: %s", flow->deploy->id, kept);
        hb_deploy_add_warning(flow->deploy, "foreign-kept", "%s", kept);
        if (result->put == HB_PUT_DONE) { /* it lay there before ours did */
            hb_watch_free(flow->watch);
            hb_confirm_foreign(
                flow->pipeline->parts.confirm, flow->deploy->target,
                flow->target->servers[i].name, flow->deploy->module);
            hb_flow_begin_watch(flow);
        }
    }
}

static void put_done(struct hb_flow *flow, const struct hb_put_result *result)
{
    struct hb_given *given = hb_flow_given(flow);
    memcpy(given->blob, flow->deploy->blob, sizeof given->blob);
    given->mtime = result->mtime;
    for (size_t i = 0; i < flow->target->server_count; i++) {
        if (result->servers[i].message != NULL) {
            hb_watch_undelivered(flow->watch, i, result->servers[i].message);
        } else {
            hb_watch_delivered(flow->watch, i, result->mtime);
        }
    }
    flow->deploy->state = HB_STATE_DELIVERED;
    flow->deploy->delivered = hb_flow_age(flow);
    hb_flow_replace_older(flow);
    hb_flow_event(flow, HB_EVENT_PUT);
}

static void on_put(struct hb_job *base)
{
    struct put_job *job = (struct put_job *)base;
    struct hb_flow *flow = job->flow;
    if (job->result.put != HB_PUT_DONE) {
        hb_watch_free(flow->watch);
        flow->watch = NULL;
    }
    hb_flow_tell_kept(flow, &job->result);
    switch (job->result.put) {
    case HB_PUT_DONE:
        put_done(flow, &job->result);
        clean_later(flow, &job->result);
        break;
    case HB_PUT_WAIT: pause_for(flow, (uint64_t)job->result.wait_ms); break;
    case HB_PUT_FOUND:
        flow->found = hb_alloc(sizeof *flow->found);
        *flow->found = job->result;
        job->result = (struct hb_put_result){0};
        hb_flow_event(flow, HB_EVENT_FOUND);
        break;
    case HB_PUT_LINK:
        hb_flow_conclude(flow, HB_OUTCOME_REJECTED, "%s", job->result.message);
        hb_flow_event(flow, HB_EVENT_UNDELIVERED);
        break;
    case HB_PUT_FAILED: unreachable(flow, job->result.message); break;
    }
    hb_put_result_release(&job->result);
    free(job);
    hb_flow_end(flow);
}

/* Whether a change of somebody else, once it is recorded, stops the deploy.
 * Only after we have delivered the module can somebody have changed it. */
static bool stops_at_changes(struct hb_flow *flow)
{
    return hb_flow_given(flow)->blob[0] != '\0' && !flow->force &&
           flow->target->on_conflict == HB_CONFLICT_STOP;
}

/* What lies there may go when we delivered it, or when it is recorded and no
 * conflict: one that was told of is not settled by saving once more. */
void hb_flow_list_what_may_go(struct hb_flow *flow)
{
    const struct hb_given *given = hb_flow_given(flow);
    if (flow->may_go.count > 0) {
        return;
    }
    hb_strings_add(&flow->may_go, NO_BLOB);
    if (given->blob[0] != '\0') {
        hb_strings_add(&flow->may_go, given->blob);
    }
    if (given->found[0] != '\0' && !stops_at_changes(flow)) {
        hb_strings_add(&flow->may_go, given->found);
    }
}

static void put(struct hb_flow *flow)
{
    struct hb_error err = {0};
    struct hb_deploy *deploy = flow->deploy;
    double pause =
        hb_rules_pause(flow->target,
                       hb_confirm_last_word(flow->pipeline->parts.confirm,
                                            deploy->target, deploy->module),
                       hb_clock_monotonic());
    if (pause > 0) {
        pause_for(flow, (uint64_t)(pause * 1000) + 1);
        return;
    }
    free(flow->flags);
    flow->flags = hb_alloc(flow->target->server_count * sizeof *flow->flags);
    if (!hb_delivery_choose(flow->target, flow->flags, &err)) {
        unreachable(flow, err.message);
        return;
    }
    hb_flow_list_what_may_go(flow);
    hb_flow_begin_watch(flow);
    struct put_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->after = hb_flow_given(flow)->mtime;
    hb_flow_begin(flow);
    hb_job_run(flow->pipeline->parts.loop, &job->base, put_work, on_put);
}

/* ---- somebody else's version ------------------------------------------ */

static void forget_found(struct hb_flow *flow)
{
    hb_put_result_release(flow->found);
    free(flow->found);
    flow->found = NULL;
}

static void on_found_recorded(void *user, const struct hb_error *err,
                              const char *commit)
{
    struct hb_flow *flow = user;
    struct hb_deploy *deploy = flow->deploy;
    if (err != NULL && err->code != HB_OK) {
        hb_flow_conclude(flow, HB_OUTCOME_UNREACHABLE,
                         "nothing was delivered, since the version that lies "
                         "on the target could not be recorded: %s",
                         err->message);
        hb_flow_event(flow, HB_EVENT_UNDELIVERED);
        goto out;
    }
    snprintf(deploy->found, sizeof deploy->found, "%s", commit);
    memcpy(hb_flow_given(flow)->found, flow->found->found, HB_OID_SIZE);
    hb_strings_add(&flow->may_go, flow->found->found);
    for (size_t i = 0; i < flow->target->server_count; i++) {
        hb_confirm_foreign(flow->pipeline->parts.confirm, deploy->target,
                           flow->target->servers[i].name, deploy->module);
    }
    if (flow->conflict) {
        hb_flow_conclude(flow, HB_OUTCOME_CONFLICT,
                         "somebody else has changed %s on %s since; nothing "
                         "was written, and what lies there is %.7s",
                         deploy->module, deploy->target, commit);
        hb_flow_event(flow, HB_EVENT_UNDELIVERED);
    } else {
        hb_deploy_add_warning(deploy, "foreign-recorded",
                              "another version lay on the target; it is kept "
                              "in the history as %.7s",
                              commit);
        hb_flow_event(flow, HB_EVENT_OVERWRITE);
    }
out:
    forget_found(flow);
    hb_flow_end(flow);
}

static void record_found(struct hb_flow *flow)
{
    const struct hb_put_result *found = flow->found;
    flow->conflict = stops_at_changes(flow);
    hb_flow_begin(flow);
    hb_history_found(flow->pipeline->parts.history, flow->deploy->target,
                     flow->deploy->module, found->found_where,
                     found->found_bytes, found->found_len, on_found_recorded,
                     flow);
}

/* A server's own copy, or the pickup directory of a server that was not
 * asked last time, may hold an older version of ours: that is no change. */
static bool may_be_old(const struct hb_flow *flow)
{
    if (flow->found->found_in_copy) {
        return true;
    }
    for (size_t i = 0; i < flow->target->server_count; i++) {
        if (!flow->flags[i]) {
            return true;
        }
    }
    return false;
}

static void on_versions(void *user, const struct hb_error *err,
                        struct hb_deploy *const *deploys, size_t count,
                        const char *next)
{
    struct hb_flow *flow = user;
    bool ours = false;
    (void)next;
    bool listed = err == NULL || err->code == HB_OK;
    bool replaced = !stops_at_changes(flow);
    const char *recorded = NULL;
    for (size_t i = 0; listed && i < count; i++) {
        /* What was found after our last delivery is no older version. */
        replaced = replaced || deploys[i]->trigger != HB_TRIGGER_FOUND;
        bool same = strcmp(deploys[i]->blob, flow->found->found) == 0;
        ours = ours || (replaced && same);
        recorded = !replaced && same ? deploys[i]->commit : recorded;
    }
    if (ours) {
        hb_strings_add(&flow->may_go, flow->found->found);
        forget_found(flow);
        hb_flow_event(flow, HB_EVENT_OVERWRITE);
    } else if (recorded != NULL) {
        flow->conflict = true; /* the one that was told of before */
        hb_flow_begin(flow);
        on_found_recorded(flow, NULL, recorded);
    } else {
        record_found(flow);
    }
    hb_flow_end(flow);
}

void hb_flow_find_version(struct hb_flow *flow)
{
    if (++flow->found_count > HB_FLOW_FOUND_MAX) {
        hb_flow_conclude(flow, HB_OUTCOME_UNREACHABLE,
                         "%s on %s is being changed by somebody else all the "
                         "time; nothing was written",
                         flow->deploy->module, flow->deploy->target);
        forget_found(flow);
        hb_flow_event(flow, HB_EVENT_UNDELIVERED);
        return;
    }
    bool known = strcmp(hb_flow_given(flow)->found, flow->found->found) == 0;
    if (!known && !may_be_old(flow)) {
        record_found(flow);
        return;
    }
    const struct hb_history_query query = {
        .target = flow->deploy->target,
        .module = flow->deploy->module,
        .limit = KNOWN_VERSIONS,
    };
    hb_flow_begin(flow);
    hb_history_list(flow->pipeline->parts.history, &query, on_versions, flow);
}
