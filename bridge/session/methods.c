#include "session/session.h"

#include "base/alloc.h"
#include "session/prove.h"
#include "wire/encode.h"

#include <stdlib.h>
#include <string.h>

/* ---- what the pipeline answers ---------------------------------------- */

static void on_deploy(void *user, const struct hb_error *err,
                      const struct hb_deploy *deploy)
{
    hb_session_answer(user, err,
                      deploy == NULL ? NULL : hb_encode_deploy(deploy));
}

static void on_targets(void *user, const struct hb_error *err,
                       struct hb_target *const *targets, size_t count,
                       const char *default_target)
{
    bool ok = err == NULL || err->code == HB_OK;
    hb_session_answer(user, err,
                      ok ? hb_encode_targets(targets, count, default_target)
                         : NULL);
}

static void on_target(void *user, const struct hb_error *err,
                      struct hb_target *const *targets, size_t count,
                      const char *default_target)
{
    bool ok = (err == NULL || err->code == HB_OK) && count > 0;
    hb_session_answer(user, err,
                      ok ? hb_encode_target(targets[0], default_target) : NULL);
}

static void on_hello(void *user, const struct hb_error *err,
                     struct hb_target *const *targets, size_t count,
                     const char *default_target)
{
    struct hb_session_call *call = user;
    struct hb_session *session = call->session;
    const struct hb_request *request = call->request;
    char proof[HB_PROOF_SIZE];
    struct hb_error failure = {0};
    if (err != NULL && err->code != HB_OK) {
        session->hello = false;
        hb_session_answer(call, err, NULL);
        return;
    }
    if (request->nonce != NULL &&
        !hb_prove(session->listener->proof, request->nonce, proof, &failure)) {
        session->hello = false;
        hb_session_answer(call, &failure, NULL);
        return;
    }
    session->client =
        hb_format("%s/%s", request->client_name, request->client_version);
    session->hello = false;
    hb_session_answer(
        call, NULL,
        hb_encode_initialized(
            session->listener->options.version,
            request->nonce == NULL ? NULL : proof,
            hb_pipeline_config(session->listener->pipeline)->max_module_size,
            targets, count, default_target));
}

static void initialize(struct hb_session *session, struct hb_request *request)
{
    struct hb_session_call *call = hb_session_call_new(session, request, true);
    call->request = hb_alloc(sizeof *request);
    *call->request = *request;
    *request = (struct hb_request){0}; /* its strings are the call's now */
    session->hello = true;
    hb_pipeline_targets(session->listener->pipeline, NULL, on_hello, call);
}

static void deploy(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_deploy(session->listener->pipeline, request, session->client,
                       on_deploy, hb_session_call_new(session, request, true));
}

static void rollback(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_rollback(session->listener->pipeline, request, session->client,
                         on_deploy,
                         hb_session_call_new(session, request, true));
}

static void get(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_get(session->listener->pipeline, request->id, on_deploy,
                    hb_session_call_new(session, request, true));
}

static void cancel(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_cancel(session->listener->pipeline, request->id, on_deploy,
                       hb_session_call_new(session, request, true));
}

static void targets_list(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_targets(session->listener->pipeline, NULL, on_targets,
                        hb_session_call_new(session, request, true));
}

static void targets_test(struct hb_session *session, struct hb_request *request)
{
    hb_pipeline_targets(session->listener->pipeline, request->target, on_target,
                        hb_session_call_new(session, request, true));
}

/* ---- what the history answers ----------------------------------------- */

static bool fine(const struct hb_error *err)
{
    return err == NULL || err->code == HB_OK;
}

static void on_list(void *user, const struct hb_error *err,
                    struct hb_deploy *const *deploys, size_t count,
                    const char *next)
{
    hb_session_answer(user, err,
                      fine(err) ? hb_encode_list(deploys, count, next) : NULL);
}

static void on_source(void *user, const struct hb_error *err, const char *bytes,
                      size_t len, const char *commit)
{
    hb_session_answer(user, err,
                      fine(err) ? hb_encode_source(bytes, len, commit) : NULL);
}

static void on_patch(void *user, const struct hb_error *err, const char *bytes,
                     size_t len, const char *commit)
{
    (void)commit;
    hb_session_answer(user, err,
                      fine(err) ? hb_encode_patch(bytes, len) : NULL);
}

static void on_live(void *user, const struct hb_error *err,
                    const struct hb_live *live, size_t count)
{
    hb_session_answer(user, err,
                      fine(err) ? hb_encode_live(live, count) : NULL);
}

static void history_list(struct hb_session *session, struct hb_request *request)
{
    const struct hb_history_query query = {
        .target = request->target,
        .module = request->module,
        .limit = request->limit,
        .before = request->before,
        .all = request->all,
    };
    hb_history_list(session->listener->options.history, &query, on_list,
                    hb_session_call_new(session, request, false));
}

static void history_source(struct hb_session *session,
                           struct hb_request *request)
{
    hb_history_source(session->listener->options.history, request->target,
                      request->module, request->commit, on_source,
                      hb_session_call_new(session, request, false));
}

static void history_diff(struct hb_session *session, struct hb_request *request)
{
    hb_history_diff(session->listener->options.history, request->target,
                    request->module, request->from, request->to, on_patch,
                    hb_session_call_new(session, request, false));
}

static void history_live(struct hb_session *session, struct hb_request *request)
{
    hb_history_live(session->listener->options.history, request->target,
                    request->module, on_live,
                    hb_session_call_new(session, request, false));
}

void hb_session_dispatch(struct hb_session *session, struct hb_request *request)
{
    static void (*const methods[HB_METHOD_COUNT])(struct hb_session *,
                                                  struct hb_request *) = {
        [HB_METHOD_INITIALIZE] = initialize,
        [HB_METHOD_DEPLOY] = deploy,
        [HB_METHOD_DEPLOY_GET] = get,
        [HB_METHOD_DEPLOY_CANCEL] = cancel,
        [HB_METHOD_TARGETS_LIST] = targets_list,
        [HB_METHOD_TARGETS_TEST] = targets_test,
        [HB_METHOD_HISTORY_LIST] = history_list,
        [HB_METHOD_HISTORY_SOURCE] = history_source,
        [HB_METHOD_HISTORY_DIFF] = history_diff,
        [HB_METHOD_HISTORY_LIVE] = history_live,
        [HB_METHOD_ROLLBACK] = rollback,
    };
    methods[request->method](session, request);
}
