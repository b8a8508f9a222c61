#include "pipeline/flow.h"

#include "target/probe.h"

#include <stdlib.h>
#include <string.h>

/*
 * Three things at once: the attempt becomes durable, the servers are probed,
 * and the syntax is checked with the Python that the last probe has seen. When
 * this probe sees another one, that one is asked too. Nothing is told before
 * all are in.
 */

struct probe_job {
    struct hb_job base;
    struct hb_flow *flow;
    struct hb_target *target;
    struct hb_log_mark *marks;
};

static bool is_settled(struct hb_flow *flow);

/* One of the answers is in; after the last the deploy goes on in its turn. */
static void prepared(struct hb_flow *flow)
{
    flow->ready = --flow->preparing == 0 && is_settled(flow);
    hb_pipeline_go_on(flow->pipeline);
    hb_flow_end(flow);
}

static void expect(struct hb_flow *flow)
{
    flow->preparing++;
    hb_flow_begin(flow);
}

/* ---- the attempt ------------------------------------------------------ */

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

static void on_known(void *user, const struct hb_error *err,
                     const struct hb_deploy *deploy)
{
    struct hb_flow *flow = user;
    if (deploy != NULL && deploy->state == HB_STATE_DONE) {
        flow->known = hb_deploy_copy(deploy);
    } else if (err != NULL && err->code != HB_EDEPLOY) {
        hb_error_set(&flow->failure, err->code, "%s", err->message);
    } else if (flow->refused == HB_OUTCOME_NONE) {
        /* Left by the last bridge, and just being taken up. */
        hb_error_set(&flow->failure, HB_EBUSY,
                     "the deploy %s is being taken up again: ask once more",
                     flow->deploy->id);
    }
    prepared(flow);
}

static void ask_history(struct hb_flow *flow)
{
    expect(flow);
    hb_history_get(flow->pipeline->parts.history, flow->deploy->id, on_known,
                   flow);
}

static void on_recorded(void *user, const struct hb_error *err,
                        const struct hb_attempt_result *result)
{
    struct hb_flow *flow = user;
    struct hb_deploy *deploy = flow->deploy;
    if (err != NULL && err->code != HB_OK) {
        hb_error_set(&flow->failure, err->code, "%s", err->message);
    } else if (result->attempt[0] == '\0') {
        ask_history(flow);
    } else {
        struct hb_given *given = hb_flow_given(flow);
        given->recorded = true;
        memcpy(flow->attempt, result->attempt, sizeof flow->attempt);
        memcpy(deploy->previous, result->previous, sizeof deploy->previous);
        if (given->blob[0] == '\0') {
            memcpy(given->blob, result->last_blob, sizeof given->blob);
        }
        if (given->found[0] == '\0') {
            memcpy(given->found, result->found_blob, sizeof given->found);
        }
        flow->recorded = hb_flow_age(flow);
    }
    prepared(flow);
}

static void record(struct hb_flow *flow)
{
    struct hb_strings logs = {0};
    for (size_t i = 0; i < flow->target->server_count; i++) {
        const struct hb_server *server = &flow->target->servers[i];
        char *log = hb_server_log(server);
        hb_deploy_add_server(flow->deploy, server->name);
        hb_strings_add(&logs, log);
        free(log);
    }
    expect(flow);
    hb_history_attempt(flow->pipeline->parts.history, flow->deploy, flow->bytes,
                       flow->len, &logs, hb_confirm_mark, on_recorded, flow);
    hb_strings_release(&logs);
}

/* ---- the servers ------------------------------------------------------ */

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

static void on_probed(struct hb_job *base)
{
    struct probe_job *job = (struct probe_job *)base;
    struct hb_flow *flow = job->flow;
    struct hb_queue *queue = hb_flow_queue(flow);
    const struct hb_server *server = python_of(job->target);
    queue->probed = true;
    hb_queue_keep_versions(queue, job->target);
    hb_replace(&queue->python, server == NULL ? NULL : server->python);
    hb_replace(&queue->python_version,
               server == NULL ? NULL : server->python_version);
    hb_target_free(flow->target);
    flow->target = job->target;
    flow->marks = job->marks;
    free(job);
    prepared(flow);
}

static void look_at_servers(struct hb_flow *flow)
{
    struct probe_job *job = hb_alloc(sizeof *job);
    job->flow = flow;
    job->target = hb_target_copy(flow->target);
    hb_queue_give_versions(hb_flow_queue(flow), job->target);
    expect(flow);
    hb_job_run(flow->pipeline->parts.loop, &job->base, probe, on_probed);
}

/* ---- the syntax ------------------------------------------------------- */

void hb_checked_release(struct hb_checked *checked)
{
    free(checked->python);
    free(checked->python_version);
    free(checked->message);
    free(checked->version);
    *checked = (struct hb_checked){0};
}

static void on_checked(void *user, const struct hb_syntax_result *result)
{
    struct hb_flow *flow = user;
    struct hb_checked *checked = &flow->checked;
    hb_replace(&checked->message, result->message);
    hb_replace(&checked->version, result->version);
    checked->result = *result;
    checked->result.message = checked->message;
    checked->result.version = checked->version;
    prepared(flow);
}

static void check_syntax(struct hb_flow *flow, const char *python,
                         const char *version)
{
    flow->checked.asked = true;
    hb_replace(&flow->checked.python, python);
    hb_replace(&flow->checked.python_version, version);
    expect(flow);
    hb_syntax_check(flow->pipeline->parts.checker, python, version,
                    flow->deploy->module, flow->bytes, flow->len, on_checked,
                    flow);
}

static bool is_same(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* False when another Python than the servers' has judged; theirs is asked. */
static bool is_checked(struct hb_flow *flow)
{
    const struct hb_server *server = python_of(flow->target);
    const char *python = server == NULL ? NULL : server->python;
    const char *version = server == NULL ? NULL : server->python_version;
    if (flow->checked.asked && is_same(flow->checked.python, python) &&
        is_same(flow->checked.python_version, version)) {
        return true;
    }
    check_syntax(flow, python, version);
    return false;
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

static void judge(struct hb_flow *flow)
{
    const struct hb_syntax_result *result = &flow->checked.result;
    const char *version = flow->checked.python_version;
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
}

/* ---- all of it -------------------------------------------------------- */

static void recorded(struct hb_flow *flow)
{
    struct hb_deploy *deploy = flow->deploy;
    if (!flow->resumed) {
        memcpy(deploy->attempt, flow->attempt, sizeof deploy->attempt);
        deploy->recorded = flow->recorded;
        deploy->state = HB_STATE_RECORDED;
        hb_flow_tell(flow);
    }
    hb_flow_event(flow, HB_EVENT_RECORDED);
}

/* Nothing is missing; asks the servers' Python where another has judged. */
static bool is_settled(struct hb_flow *flow)
{
    return flow->known != NULL || flow->refused != HB_OUTCOME_NONE ||
           flow->failure.code != HB_OK || flow->give_up || is_checked(flow);
}

static void go_on(struct hb_flow *flow)
{
    flow->ready = false;
    if (flow->known != NULL) {
        answer_known(flow);
        return;
    }
    if (flow->failure.code != HB_OK) {
        hb_flow_fail(flow, &flow->failure);
        return;
    }
    if (flow->refused == HB_OUTCOME_NONE && !flow->give_up) {
        judge(flow);
    }
    if (flow->give_up) {
        hb_flow_conclude(flow, HB_OUTCOME_CANCELLED,
                         "cancelled before it was delivered");
        hb_flow_event(flow, HB_EVENT_REFUSED);
    } else if (flow->refused != HB_OUTCOME_NONE) {
        hb_deploy_drop_servers(flow->deploy); /* no server was asked */
        hb_flow_event(flow, HB_EVENT_REFUSED);
    } else {
        recorded(flow);
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

void hb_pipeline_go_on(struct hb_pipeline *pipeline)
{
    struct hb_flow *next;
    while ((next = next_ready(pipeline)) != NULL) {
        hb_flow_begin(next);
        go_on(next);
        hb_flow_end(next);
    }
}

/* What others do is asked for first: on two processors the attempt, which takes
 * longest, would have this thread wait for it. */
void hb_flow_prepare(struct hb_flow *flow)
{
    const struct hb_queue *queue = hb_flow_queue(flow);
    look_at_servers(flow);
    if (flow->refused != HB_OUTCOME_NONE) {
        ask_history(flow);
        return;
    }
    if (queue->probed) {
        check_syntax(flow, queue->python, queue->python_version);
    }
    record(flow);
}

void hb_flow_prepare_again(struct hb_flow *flow)
{
    flow->ready = is_settled(flow);
}
