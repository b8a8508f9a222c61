#include "pipeline/flow.h"

#include "target/probe.h"

#include <stdlib.h>
#include <string.h>

struct probe_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_target *target;
    struct hb_log_mark *marks;
};

static void check_syntax(struct hb_flow *flow);

/* The history knows the id: it is that deploy, or a mistake. */
static void answer_known(struct hb_flow *flow)
{
    const struct hb_deploy *known = flow->known;
    struct hb_error err = {0};
    if (strcmp(known->target, flow->deploy->target) != 0 ||
        strcmp(known->module, flow->deploy->module) != 0 ||
        strcmp(known->blob, flow->deploy->blob) != 0) {
        hb_error_set(&err, HB_EREUSED,
                     "the id %s was used for another deploy: take a new one",
                     flow->deploy->id);
        hb_flow_fail(flow, &err);
        return;
    }
    hb_deploy_free(flow->deploy);
    flow->deploy = flow->known;
    flow->known = NULL;
    hb_flow_answer(flow);
    hb_flow_drop(flow);
}

static void go_on(struct hb_flow *flow)
{
    flow->ready = false;
    if (flow->known != NULL) {
        answer_known(flow);
    } else if (flow->failure.code != HB_OK) {
        hb_flow_fail(flow, &flow->failure);
    } else if (flow->give_up) {
        hb_flow_conclude(flow, HB_OUTCOME_CANCELLED,
                         "cancelled before it was delivered");
        hb_flow_event(flow, HB_EVENT_REFUSED);
    } else {
        hb_flow_event(flow, flow->refused != HB_OUTCOME_NONE
                                ? HB_EVENT_REFUSED
                                : HB_EVENT_PREPARED);
    }
}

/* Ready, and nothing that was asked for earlier on its target still prepares:
 * the jobs of two deploys may end in any order, and an older save that is
 * recorded after a newer one would take its place. */
static struct hb_flow *next_ready(struct hb_pipeline *pipeline)
{
    for (struct hb_flow *flow = pipeline->flows; flow != NULL;
         flow = flow->next) {
        if (!flow->ready) {
            continue;
        }
        struct hb_flow *first = pipeline->flows;
        while (first->phase != HB_PHASE_PREPARING ||
               strcmp(first->deploy->target, flow->deploy->target) != 0) {
            first = first->next;
        }
        if (first == flow) {
            return flow;
        }
    }
    return NULL;
}

/* One of the answers is in; after the last the deploy goes on in its turn. */
static void prepared(struct hb_flow *flow)
{
    struct hb_pipeline *pipeline = flow->pipeline;
    flow->ready = --flow->preparing == 0;
    struct hb_flow *next;
    while ((next = next_ready(pipeline)) != NULL) {
        hb_flow_begin(next);
        go_on(next);
        hb_flow_end(next);
    }
    hb_flow_end(flow);
}

static void on_known(void *user, const struct hb_error *err,
                     const struct hb_deploy *deploy)
{
    struct hb_flow *flow = user;
    if (deploy != NULL && deploy->state == HB_STATE_DONE) {
        flow->known = hb_deploy_copy(deploy);
    } else if (err != NULL && err->code != HB_EDEPLOY) {
        hb_error_set(&flow->failure, err->code, "%s", err->message);
    }
    prepared(flow);
}

static void probe(struct hb_job *base)
{
    struct probe_job *job = (struct probe_job *)base;
    hb_target_probe(job->target);
    job->marks = hb_alloc(job->target->server_count * sizeof *job->marks);
    for (size_t i = 0; i < job->target->server_count; i++) {
        const struct hb_server *server = &job->target->servers[i];
        job->marks[i].server = hb_strdup(server->name);
        if (server->log != NULL) {
            hb_confirm_mark(server->log, &job->marks[i].inode,
                            &job->marks[i].offset);
        }
    }
}

static void on_probed(struct hb_job *base)
{
    struct probe_job *job = (struct probe_job *)base;
    struct hb_flow *flow = job->flow;
    hb_target_free(flow->target);
    flow->target = job->target;
    flow->marks = job->marks;
    free(job);
    if (flow->refused == HB_OUTCOME_NONE && flow->failure.code == HB_OK) {
        check_syntax(flow);
    }
    prepared(flow);
}

/* The servers' own Python where one is known: its rules are the ones that
 * count. */
static const struct hb_server *python_of(const struct hb_target *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        if (target->servers[i].python != NULL ||
            target->servers[i].python_version != NULL) {
            return &target->servers[i];
        }
    }
    return NULL;
}

static void reject(struct hb_flow *flow, const struct hb_syntax_result *result)
{
    struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(flow->deploy);
    diagnostic->path =
        hb_strdup(flow->deploy->document != NULL ? flow->deploy->document
                                                 : flow->deploy->module);
    diagnostic->line = result->line;
    diagnostic->column = result->column;
    diagnostic->severity = HB_SEVERITY_ERROR;
    diagnostic->message = hb_strdup(result->message);
    flow->refused = HB_OUTCOME_REJECTED;
    if (result->line > 0) {
        hb_flow_conclude(flow, HB_OUTCOME_REJECTED, "%s (line %d)",
                         result->message, result->line);
    } else {
        hb_flow_conclude(flow, HB_OUTCOME_REJECTED, "%s", result->message);
    }
}

static void on_checked(void *user, const struct hb_syntax_result *result)
{
    struct hb_flow *flow = user;
    const struct hb_server *server = python_of(flow->target);
    const char *version = server == NULL ? NULL : server->python_version;
    switch (result->verdict) {
    case HB_SYNTAX_GOOD: break;
    case HB_SYNTAX_SKIPPED:
        hb_deploy_add_warning(flow->deploy, "syntax-skipped",
                              "the syntax was not checked: %s",
                              result->message);
        break;
    case HB_SYNTAX_BAD:
        if (version == NULL || result->version == NULL ||
            strcmp(version, result->version) == 0) {
            reject(flow, result);
            break;
        }
        hb_deploy_add_warning(
            flow->deploy, "syntax-other-version",
            "line %d: %s, says Python %s; the servers run Python %s, so it "
            "was delivered all the same",
            result->line, result->message, result->version, version);
        break;
    }
    prepared(flow);
}

static void check_syntax(struct hb_flow *flow)
{
    const struct hb_server *server = python_of(flow->target);
    flow->preparing++;
    hb_flow_begin(flow);
    hb_syntax_check(
        flow->pipeline->parts.checker, server == NULL ? NULL : server->python,
        server == NULL ? NULL : server->python_version, flow->deploy->module,
        flow->bytes, flow->len, on_checked, flow);
}

void hb_flow_prepare(struct hb_flow *flow)
{
    flow->preparing = 2;
    hb_flow_begin(flow);
    hb_flow_begin(flow);
    hb_history_get(flow->pipeline->parts.history, flow->deploy->id, on_known,
                   flow);
    struct probe_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->target = hb_target_copy(flow->target);
    hb_job_run(flow->pipeline->parts.loop, &job->base, probe, on_probed);
}
