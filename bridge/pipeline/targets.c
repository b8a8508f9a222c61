#include "pipeline/flow.h"

#include "base/paths.h"
#include "pipeline/older.h"
#include "target/probe.h"
#include "target/problem.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "config"
#include "base/log.h"

/* An editor writes a file in several steps; the last one counts. */
#define SETTLE_MS 50

struct targets_job {
    struct hb_job base;
    struct hb_call call;
    struct hb_target **targets;
    size_t count;
    struct hb_lying_list lying; /* of the one that was named */
    bool named;
    char *default_target;
    hb_targets_fn done;
};

static void probe(struct hb_job *base)
{
    struct targets_job *job = (struct targets_job *)base;
    for (size_t i = 0; i < job->count; i++) {
        hb_target_probe(job->targets[i]);
    }
    if (job->named) {
        hb_older_gather(job->targets[0], &job->lying);
    }
}

static void answer(struct targets_job *job)
{
    if (!job->call.forgotten) {
        job->done(job->call.user, NULL, job->targets, job->count,
                  job->default_target);
    }
    for (size_t i = 0; i < job->count; i++) {
        hb_target_free(job->targets[i]);
    }
    free(job->targets);
    free(job->default_target);
    hb_call_end(&job->call);
    free(job);
}

static void on_older(void *user, const struct hb_error *err,
                     const struct hb_lying *lying, size_t count)
{
    struct targets_job *job = user;
    if (err != NULL) {
        hb_problem(&job->targets[0]->problems,
                   "it is not known whether its pickup directories hold what "
                   "was deployed last: %s",
                   err->message);
    } else {
        hb_older_tell(job->call.pipeline, job->targets[0], lying, count);
    }
    answer(job);
}

static void on_probed(struct hb_job *base)
{
    struct targets_job *job = (struct targets_job *)base;
    if (job->named) {
        hb_history_older(job->call.pipeline->parts.history,
                         job->targets[0]->name, job->lying.items,
                         job->lying.count, on_older, job);
    } else {
        answer(job);
    }
}

void hb_pipeline_targets(struct hb_pipeline *pipeline, const char *name,
                         hb_targets_fn done, void *user)
{
    const struct hb_config *config = pipeline->config;
    const struct hb_target *only = NULL;
    struct hb_error err = {0};
    if (name != NULL) {
        only = hb_config_target(config, name, &err);
        if (only == NULL) {
            done(user, &err, NULL, 0, NULL);
            return;
        }
    }
    struct targets_job *job = hb_alloc(sizeof *job);
    job->done = done;
    const struct hb_target *standard = hb_config_target(config, NULL, NULL);
    job->default_target = standard == NULL ? NULL : hb_strdup(standard->name);
    job->named = only != NULL;
    job->count = only != NULL ? 1 : config->target_count;
    job->targets = hb_alloc((job->count + 1) * sizeof *job->targets);
    for (size_t i = 0; i < job->count; i++) {
        job->targets[i] =
            hb_target_copy(only != NULL ? only : config->targets[i]);
    }
    hb_call_begin(&job->call, pipeline, user);
    hb_job_run(pipeline->parts.loop, &job->base, probe, on_probed);
}

/* ---- the configuration in force --------------------------------------- */

bool hb_pipeline_load(struct hb_pipeline *pipeline, struct hb_error *err)
{
    struct hb_config *config = hb_config_load(pipeline->config_path, err);
    if (config == NULL) {
        return false;
    }
    hb_config_free(pipeline->config);
    pipeline->config = config;
    const struct hb_target *target = hb_config_target(config, NULL, NULL);
    hb_history_set_default(pipeline->parts.history,
                           target == NULL ? NULL : target->name);
    return true;
}

static void on_settled(uv_timer_t *timer)
{
    struct hb_pipeline *pipeline = timer->data;
    struct hb_error err = {0};
    if (!hb_pipeline_load(pipeline, &err)) {
        LOG_ERR("%s; what was read before stays in force", err.message);
        return;
    }
    LOG_INFO("the configuration was read again");
    pipeline->listener.targets(pipeline->listener.user);
}

static void on_change(uv_fs_event_t *watch, const char *name, int events,
                      int status)
{
    struct hb_pipeline *pipeline = watch->data;
    (void)events;
    if (status == 0 && (name == NULL || strcmp(name, "config") == 0)) {
        uv_timer_start(&pipeline->config_timer, on_settled, SETTLE_MS, 0);
    }
}

void hb_pipeline_watch_config(struct hb_pipeline *pipeline)
{
    struct hb_error err = {0};
    char *path = hb_strdup(pipeline->config_path);
    const char *folder = dirname(path);
    uv_fs_event_init(pipeline->parts.loop, &pipeline->config_watch);
    uv_timer_init(pipeline->parts.loop, &pipeline->config_timer);
    pipeline->config_watch.data = pipeline;
    pipeline->config_timer.data = pipeline;
    if (!hb_path_make(folder, 0700, &err)) {
        LOG_WARN("%s", err.message);
    }
    int code = uv_fs_event_start(&pipeline->config_watch, on_change, folder, 0);
    if (code != 0) {
        LOG_WARN("changes of %s are not noticed: %s; restart the bridge after "
                 "each",
                 pipeline->config_path, uv_strerror(code));
    }
    free(path);
}
