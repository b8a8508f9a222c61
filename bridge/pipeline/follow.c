#include "pipeline/flow.h"

#include "base/clock.h"
#include "delivery/delivery.h"
#include "report/words.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "follow"
#include "base/log.h"

/* A target has 64 servers at most. */
#define PICKUP_BIT(index) (UINT64_C(1) << ((index) % 64))

struct nudge_job {
    struct hb_job base;
    struct hb_flow *flow;
    size_t server; /* whose silence it is */
    size_t pickup; /* whose file is touched */
    int64_t after;
    int64_t mtime;
    bool ok;
    struct hb_error err;
};

/* The watch's word, and which servers were given the file. */
static void report(struct hb_flow *flow)
{
    hb_watch_report(flow->watch, flow->deploy);
    for (size_t i = 0; flow->flags != NULL && i < flow->deploy->server_count;
         i++) {
        flow->deploy->servers[i].delivered =
            flow->flags[i] &&
            flow->deploy->servers[i].state != HB_SERVER_UNREACHABLE;
    }
}

/* ---- a silent server -------------------------------------------------- */

static void nudge_work(struct hb_job *base)
{
    struct nudge_job *job = (struct nudge_job *)base;
    const struct hb_flow *flow = job->flow;
    job->ok = hb_delivery_nudge(&flow->target->servers[job->pickup],
                                flow->deploy->module, flow->deploy->blob,
                                job->after, &job->mtime, &job->err);
}

static void on_nudged(struct hb_job *base)
{
    struct nudge_job *job = (struct nudge_job *)base;
    struct hb_flow *flow = job->flow;
    flow->nudging &= ~PICKUP_BIT(job->pickup);
    if (!job->ok) {
        LOG_WARN("%s: %s", flow->deploy->id, job->err.message);
        if (flow->phase == HB_PHASE_CONFIRMING) {
            hb_deploy_add_warning(flow->deploy, "not-nudged",
                                  "%s has not answered, and the file could "
                                  "not be touched once more: %s",
                                  flow->target->servers[job->server].name,
                                  job->err.message);
            hb_flow_tell(flow);
        }
    } else {
        struct hb_given *given = hb_flow_given(flow);
        if (job->mtime > given->mtime) {
            given->mtime = job->mtime;
        }
        for (size_t i = 0;
             flow->watch != NULL && i < flow->target->server_count; i++) {
            /* Servers that share what one has picked up are all asked. */
            if (i == job->server || job->pickup != job->server ||
                (flow->flags != NULL && !flow->flags[i])) {
                hb_watch_nudged(flow->watch, i, job->mtime);
            }
        }
    }
    free(job);
    hb_flow_end(flow);
}

static void nudge(void *user, struct hb_watch *watch, size_t server)
{
    struct hb_flow *flow = user;
    size_t pickup = server;
    (void)watch;
    if (flow->flags != NULL && !flow->flags[server]) {
        /* It shares what another has picked up: that one is asked again. */
        for (pickup = 0; pickup < flow->target->server_count; pickup++) {
            if (flow->flags[pickup]) {
                break;
            }
        }
    }
    if (pickup >= flow->target->server_count) {
        return;
    }
    /* Servers that share it fall silent together: one touch is for all. */
    if ((flow->nudging & PICKUP_BIT(pickup)) != 0) {
        return;
    }
    flow->nudging |= PICKUP_BIT(pickup);
    struct nudge_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->server = server;
    job->pickup = pickup;
    job->after = hb_flow_given(flow)->mtime;
    hb_flow_begin(flow);
    hb_job_run(flow->pipeline->parts.loop, &job->base, nudge_work, on_nudged);
}

/* ---- in time ---------------------------------------------------------- */

static void changed(void *user, struct hb_watch *watch)
{
    struct hb_flow *flow = user;
    (void)watch;
    if (flow->phase == HB_PHASE_CONFIRMING) {
        report(flow);
        hb_flow_tell(flow);
    }
}

static void done(void *user, struct hb_watch *watch, enum hb_outcome outcome)
{
    struct hb_flow *flow = user;
    struct hb_deploy *deploy = flow->deploy;
    (void)watch;
    report(flow);
    deploy->outcome = outcome;
    deploy->confirmed = hb_flow_age(flow);
    hb_words_outcome(deploy);
    hb_flow_event(flow, HB_EVENT_SETTLED);
}

/* ---- late ------------------------------------------------------------- */

static void write_late(struct hb_flow *flow);

static void on_late_written(void *user, const struct hb_error *err,
                            const char *commit)
{
    struct hb_flow *flow = user;
    (void)commit;
    flow->late_writing = false;
    if (err != NULL && err->code != HB_OK) {
        LOG_ERR("%s: a late word is not recorded: %s", flow->deploy->id,
                err->message);
    }
    if (flow->late_again) {
        flow->late_again = false;
        write_late(flow);
    } else if (flow->deploy->live) {
        hb_flow_drop(flow);
    }
    hb_flow_end(flow);
}

static void write_late(struct hb_flow *flow)
{
    if (flow->late_writing) {
        flow->late_again = true;
        return;
    }
    flow->late_writing = true;
    hb_flow_begin(flow);
    hb_history_late(flow->pipeline->parts.history, flow->deploy,
                    on_late_written, flow);
}

void hb_flow_late(struct hb_flow *flow)
{
    if (flow->phase != HB_PHASE_DONE) {
        flow->late_again = true; /* after the outcome is recorded */
        return;
    }
    report(flow);
    flow->deploy->late = true;
    hb_flow_tell(flow);
    write_late(flow);
}

static void late(void *user, struct hb_watch *watch)
{
    (void)watch;
    hb_flow_late(user);
}

/* ---- the watch -------------------------------------------------------- */

struct hb_watch *hb_flow_watch(struct hb_flow *flow, double timeout)
{
    static const struct hb_watch_ops ops = {
        .nudge = nudge, .changed = changed, .done = done, .late = late};
    const struct hb_watch_spec spec = {
        .target = flow->target,
        .deploy = flow->deploy,
        .bytes = flow->bytes,
        .len = flow->len,
        .marks = flow->marks,
        .mark_count = flow->marks == NULL ? 0 : flow->target->server_count,
        .timeout = timeout,
    };
    return hb_watch_new(flow->pipeline->parts.confirm, &spec, &ops, flow);
}

void hb_flow_confirm(struct hb_flow *flow)
{
    hb_watch_start(flow->watch);
    if (flow->phase == HB_PHASE_CONFIRMING) {
        report(flow);
        hb_flow_tell(flow);
    }
}

void hb_flow_replace_older(struct hb_flow *flow)
{
    struct hb_flow *next;
    for (struct hb_flow *other = flow->pipeline->flows; other != NULL;
         other = next) {
        next = other->next;
        if (other != flow && other->phase == HB_PHASE_DONE &&
            strcmp(other->deploy->target, flow->deploy->target) == 0 &&
            strcmp(other->deploy->module, flow->deploy->module) == 0) {
            hb_flow_drop(other);
        }
    }
}
