#include "pipeline/flow.h"

#include "delivery/delivery.h"
#include "pipeline/rules.h"
#include "target/probe.h"

#include <stdlib.h>
#include <string.h>

/* A rollback on its way to the bytes that it will deploy. */
struct rollback_job {
    struct hb_job base;
    struct hb_call call;
    struct hb_request request; /* owns its strings */
    char *client;
    struct hb_target *target;
    char now[HB_OID_SIZE];
    struct hb_error blind; /* why it is not known what lies there now */
    hb_pipeline_fn done;
};

static void answer(struct rollback_job *job, const struct hb_error *err,
                   const struct hb_deploy *deploy)
{
    if (!job->call.forgotten) {
        job->done(job->call.user, err, deploy);
    }
}

/* The client has gone; its rollback goes on. */
static void nobody(void *user, const struct hb_error *err,
                   const struct hb_deploy *deploy)
{
    (void)user;
    (void)err;
    (void)deploy;
}

static void look(struct hb_job *base)
{
    struct rollback_job *job = (struct rollback_job *)base;
    hb_target_probe(job->target);
    for (size_t i = 0; i < job->target->server_count && job->now[0] == '\0';
         i++) {
        const struct hb_server *server = &job->target->servers[i];
        if (server->pickup != NULL) {
            hb_delivery_look(server, job->request.module, job->now,
                             &job->blind);
        }
    }
}

static void free_job(struct rollback_job *job)
{
    hb_request_release(&job->request);
    hb_target_free(job->target);
    free(job->client);
    hb_call_end(&job->call);
    free(job);
}

static void on_bytes(void *user, const struct hb_error *err, const char *bytes,
                     size_t len, const char *commit)
{
    struct rollback_job *job = user;
    (void)commit;
    if (err != NULL && err->code != HB_OK) {
        answer(job, err, NULL);
    } else {
        hb_pipeline_accept(job->call.pipeline, &job->request, job->client,
                           HB_TRIGGER_ROLLBACK, bytes, len,
                           job->call.forgotten ? nobody : job->done,
                           job->call.user);
    }
    free_job(job);
}

static void on_looked(struct hb_job *base)
{
    struct rollback_job *job = (struct rollback_job *)base;
    if (job->request.commit == NULL && job->now[0] == '\0' &&
        job->blind.code != HB_OK) {
        answer(job, &job->blind, NULL); /* one step back from where? */
        free_job(job);
        return;
    }
    hb_history_rollback(job->call.pipeline->parts.history, job->target->name,
                        job->request.module, job->request.commit, job->now,
                        on_bytes, job);
}

static void start(struct rollback_job *job)
{
    struct hb_error err = {0};
    const struct hb_target *target =
        hb_config_target(job->call.pipeline->config, job->request.target, &err);
    if (target == NULL ||
        !hb_rules_allow(target, HB_TRIGGER_ROLLBACK, job->request.confirmed, "",
                        0, &err)) {
        answer(job, &err, NULL);
        free_job(job);
        return;
    }
    job->target = hb_target_copy(target);
    hb_job_run(job->call.pipeline->parts.loop, &job->base, look, on_looked);
}

/* Asked again with the same id, it is the same deploy: what lies there now
 * must not send it a step further back. */
static void on_known(void *user, const struct hb_error *err,
                     const struct hb_deploy *deploy)
{
    struct rollback_job *job = user;
    if (deploy != NULL && deploy->trigger == HB_TRIGGER_ROLLBACK &&
        strcmp(deploy->module, job->request.module) == 0) {
        answer(job, NULL, deploy);
        free_job(job);
    } else if (deploy != NULL) {
        struct hb_error reused = {0};
        hb_error_set(&reused, HB_EREUSED,
                     "the id %s was used for another deploy: take a new one",
                     deploy->id);
        answer(job, &reused, NULL);
        free_job(job);
    } else if (err != NULL && err->code != HB_EDEPLOY) {
        answer(job, err, NULL);
        free_job(job);
    } else {
        start(job);
    }
}

void hb_pipeline_rollback(struct hb_pipeline *pipeline,
                          const struct hb_request *request, const char *client,
                          hb_pipeline_fn done, void *user)
{
    struct rollback_job *job = hb_alloc(sizeof *job);
    job->client = hb_strdup(client);
    job->request.id = hb_strdup(request->id);
    job->request.target = hb_strdup(request->target);
    job->request.module = hb_strdup(request->module);
    job->request.commit = hb_strdup(request->commit);
    job->request.force = request->force;
    job->request.confirmed = request->confirmed;
    job->done = done;
    hb_call_begin(&job->call, pipeline, user);
    struct hb_flow *flow = hb_flow_find(pipeline, request->id);
    if (flow != NULL && !flow->told &&
        flow->deploy->trigger == HB_TRIGGER_ROLLBACK &&
        strcmp(flow->deploy->module, request->module) == 0) {
        hb_flow_wait(flow, done, user);
        free_job(job);
        return;
    }
    hb_history_get(pipeline->parts.history, request->id, on_known, job);
}
