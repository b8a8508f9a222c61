#include "pipeline/flow.h"

#include "delivery/delivery.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LOG_MODULE "resume"
#include "base/log.h"

/*
 * Where each server has a pickup directory of its own, a bridge may have been
 * killed when only some had the file. Those that have it are followed from
 * where their logs stood; the others are delivered to now, one by one, and
 * whatever lies there that is not ours stays.
 */

struct rest_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_seen *seen;
    int64_t after;
    struct hb_put_result *results; /* per server; of those that lacked it */
};

static void free_seen(struct hb_flow *flow, struct hb_seen *seen)
{
    for (size_t i = 0; i < flow->target->server_count; i++) {
        free(seen[i].why);
    }
    free(seen);
}

/* ---- the servers' words ----------------------------------------------- */

/* Those that were not given it, and why. */
static void tell_undelivered(struct hb_flow *flow, const struct hb_seen *seen)
{
    flow->flags = hb_alloc(flow->target->server_count * sizeof *flow->flags);
    for (size_t i = 0; i < flow->target->server_count; i++) {
        flow->flags[i] = seen[i].has;
        if (seen[i].why != NULL) {
            hb_watch_undelivered(flow->watch, i, seen[i].why);
        } else if (seen[i].lacks) {
            hb_watch_undelivered(flow->watch, i,
                                 "the bridge was away before it was delivered "
                                 "there: deploy it again");
        }
    }
}

static void settle(struct hb_flow *flow, struct hb_seen *seen)
{
    if (hb_delivery_to_all(flow->target)) {
        tell_undelivered(flow, seen);
    }
    free_seen(flow, seen);
    struct hb_given *given = hb_flow_given(flow);
    memcpy(given->blob, flow->deploy->blob, sizeof given->blob);
    struct hb_queue *queue = hb_flow_queue(flow);
    if (queue->current == NULL) {
        queue->current = flow;
    }
    flow->deploy->state = HB_STATE_DELIVERED;
    hb_flow_event(flow, HB_EVENT_RESUMED);
}

/* ---- the file --------------------------------------------------------- */

static void put_one(const struct rest_job *job, size_t server,
                    struct hb_put_result *result)
{
    const struct hb_flow *flow = job->flow;
    bool *flags = hb_alloc(flow->target->server_count * sizeof *flags);
    flags[server] = true;
    const struct hb_put_request request =
        hb_flow_put_request(flow, flags, job->after);
    hb_delivery_put(&request, result);
    if (result->put == HB_PUT_WAIT) { /* two seconds at most */
        const struct timespec pause = {.tv_sec = result->wait_ms / 1000,
                                       .tv_nsec = (result->wait_ms % 1000 + 1) *
                                                  1000000L};
        hb_put_result_release(result);
        nanosleep(&pause, NULL);
        hb_delivery_put(&request, result);
    }
    hb_delivery_clean(result);
    free(flags);
}

static void put_rest(struct hb_job *base)
{
    struct rest_job *job = (struct rest_job *)base;
    for (size_t i = 0; i < job->flow->target->server_count; i++) {
        if (job->seen[i].lacks) {
            put_one(job, i, &job->results[i]);
        }
    }
}

/* What became of one that lacked it. */
static void take(struct hb_flow *flow, size_t server, struct hb_seen *seen,
                 const struct hb_put_result *result)
{
    struct hb_given *given = hb_flow_given(flow);
    seen->lacks = false;
    switch (result->put) {
    case HB_PUT_DONE:
        seen->has = true;
        hb_watch_delivered(flow->watch, server, result->mtime);
        given->mtime =
            result->mtime > given->mtime ? result->mtime : given->mtime;
        break;
    case HB_PUT_FOUND:
        seen->why = hb_format("%s holds another version, which was left as "
                              "it is: deploy again to replace it",
                              result->found_where);
        break;
    case HB_PUT_WAIT: seen->lacks = true; break;
    case HB_PUT_LINK:
    case HB_PUT_FAILED: seen->why = hb_strdup(result->message); break;
    }
}

static void on_put(struct hb_job *base)
{
    struct rest_job *job = (struct rest_job *)base;
    struct hb_flow *flow = job->flow;
    size_t count = flow->target->server_count;
    for (size_t i = 0; i < count; i++) {
        if (job->seen[i].lacks) {
            hb_flow_tell_kept(flow, &job->results[i]);
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (job->seen[i].lacks) {
            take(flow, i, &job->seen[i], &job->results[i]);
        }
        hb_put_result_release(&job->results[i]);
    }
    settle(flow, job->seen);
    free(job->results);
    free(job);
    hb_pipeline_go_on(flow->pipeline);
    hb_flow_end(flow);
}

static void on_marked(void *user, const struct hb_error *err,
                      const char *commit)
{
    struct rest_job *job = user;
    struct hb_flow *flow = job->flow;
    (void)commit;
    if (err != NULL && err->code != HB_OK) {
        /* The marks of the attempt still hold; only a restart reads more. */
        LOG_WARN("%s: %s", flow->deploy->id, err->message);
    }
    hb_flow_list_what_may_go(flow);
    hb_flow_begin_watch(flow);
    job->after = hb_flow_given(flow)->mtime;
    hb_job_run(flow->pipeline->parts.loop, &job->base, put_rest, on_put);
}

void hb_flow_follow_on(struct hb_flow *flow, struct hb_seen *seen, bool deliver)
{
    bool lacking = false;
    for (size_t i = 0; i < flow->target->server_count; i++) {
        lacking = lacking || seen[i].lacks;
    }
    if (!lacking || !deliver) {
        hb_flow_begin_watch(flow);
        settle(flow, seen);
        return;
    }
    LOG_INFO("%s: is delivered to the servers that lack it", flow->deploy->id);
    struct rest_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->seen = seen;
    job->results = hb_alloc(flow->target->server_count * sizeof *job->results);
    for (size_t i = 0; i < flow->target->server_count; i++) {
        if (seen[i].lacks) {
            flow->marks[i].inode = seen[i].mark.inode;
            flow->marks[i].offset = seen[i].mark.offset;
        }
    }
    hb_flow_begin(flow);
    hb_history_delivering(flow->pipeline->parts.history, flow->deploy->id,
                          flow->marks, flow->target->server_count, on_marked,
                          job);
}
