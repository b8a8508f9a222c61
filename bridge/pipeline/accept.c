#include "pipeline/flow.h"

#include "base/clock.h"
#include "check/module.h"
#include "pipeline/rules.h"

#include <stdlib.h>
#include <string.h>

/* The id is in use: by the same deploy, whose answer serves both, or not. */
static void join(struct hb_flow *flow, const struct hb_deploy *deploy,
                 hb_pipeline_fn done, void *user)
{
    struct hb_error err = {0};
    if (strcmp(flow->deploy->target, deploy->target) != 0 ||
        strcmp(flow->deploy->module, deploy->module) != 0 ||
        strcmp(flow->deploy->blob, deploy->blob) != 0) {
        hb_error_set(&err, HB_EREUSED,
                     "the id %s was used for another deploy: take a new one",
                     deploy->id);
        done(user, &err, NULL);
    } else if (flow->told) {
        done(user, NULL, flow->deploy);
    } else {
        hb_flow_wait(flow, done, user);
    }
}

static struct hb_deploy *describe(const struct hb_request *request,
                                  const struct hb_target *target,
                                  const char *client, enum hb_trigger trigger,
                                  const char *bytes, size_t len)
{
    struct hb_deploy *deploy = hb_deploy_new();
    strncpy(deploy->id, request->id, sizeof deploy->id - 1);
    deploy->target = hb_strdup(target->name);
    deploy->module = hb_strdup(request->module);
    deploy->trigger = trigger;
    deploy->started = hb_clock_wall();
    deploy->client = hb_strdup(client);
    deploy->document = hb_strdup(request->document);
    deploy->vcs_commit = hb_strdup(request->vcs_commit);
    deploy->vcs_branch = hb_strdup(request->vcs_branch);
    deploy->vcs_dirty = request->vcs_dirty;
    hb_text_blob_id(bytes, len, deploy->blob);
    return deploy;
}

/* The next bridge tells by it which of two is newer, also when both came within
 * a millisecond, or the clock was set back in between. */
static void set_order(struct hb_pipeline *pipeline, struct hb_deploy *deploy)
{
    deploy->order = deploy->started > pipeline->order ? deploy->started
                                                      : pipeline->order + 1;
    pipeline->order = deploy->order;
}

static bool may_begin(struct hb_pipeline *pipeline,
                      const struct hb_request *request, enum hb_trigger trigger,
                      const char *bytes, size_t len,
                      const struct hb_target **target, struct hb_error *err)
{
    if (pipeline->stopping) {
        return hb_error_set(err, HB_ESTOPPING,
                            "the bridge is stopping: ask again when it runs");
    }
    *target = hb_config_target(pipeline->config, request->target, err);
    if (*target == NULL || !hb_rules_allow(*target, trigger, request->confirmed,
                                           bytes, len, err)) {
        return false;
    }
    if (pipeline->flow_count >= HB_PIPELINE_DEPLOYS_MAX) {
        return hb_error_set(err, HB_EBUSY,
                            "%d deploys are under way, the most there may be: "
                            "try again when some are done",
                            HB_PIPELINE_DEPLOYS_MAX);
    }
    return true;
}

void hb_pipeline_accept(struct hb_pipeline *pipeline,
                        const struct hb_request *request, const char *client,
                        enum hb_trigger trigger, const char *bytes, size_t len,
                        hb_pipeline_fn done, void *user)
{
    struct hb_error err = {0};
    const struct hb_target *target = NULL;
    if (!may_begin(pipeline, request, trigger, bytes, len, &target, &err)) {
        done(user, &err, NULL);
        return;
    }
    struct hb_deploy *deploy =
        describe(request, target, client, trigger, bytes, len);
    struct hb_flow *flow = hb_flow_find(pipeline, deploy->id);
    if (flow != NULL) {
        join(flow, deploy, done, user);
        hb_deploy_free(deploy);
        return;
    }
    set_order(pipeline, deploy);
    char *copy = hb_alloc(len + 1);
    memcpy(copy, bytes, len);
    flow = hb_flow_new(pipeline, deploy, target, copy, len);
    flow->force = request->force;
    hb_flow_wait(flow, done, user);
    if (!hb_module_check_name(deploy->module, &err) ||
        !hb_module_check_bytes(flow->bytes, len,
                               pipeline->config->max_module_size, &err)) {
        flow->refused = HB_OUTCOME_REJECTED;
        hb_flow_conclude(flow, HB_OUTCOME_REJECTED, "%s", err.message);
    } else {
        hb_module_warn_name(deploy, deploy->module);
    }
    hb_flow_prepare(flow);
}

void hb_pipeline_deploy(struct hb_pipeline *pipeline,
                        const struct hb_request *request, const char *client,
                        hb_pipeline_fn done, void *user)
{
    hb_pipeline_accept(pipeline, request, client, request->trigger,
                       request->source, request->source_len, done, user);
}
