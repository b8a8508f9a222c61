#include "wire/member.h"

#define FIELD(name) offsetof(struct hb_request, name)

static const struct hb_member client[] = {
    {"name", HB_KIND_NAME, true, FIELD(client_name), NULL},
    {"version", HB_KIND_NAME, true, FIELD(client_version), NULL},
    {0},
};

static const struct hb_member document[] = {
    {"path", HB_KIND_TEXT, true, FIELD(document), NULL},
    {0},
};

static const struct hb_member vcs[] = {
    {"commit", HB_KIND_NAME, false, FIELD(vcs_commit), NULL},
    {"branch", HB_KIND_TEXT, false, FIELD(vcs_branch), NULL},
    {"dirty", HB_KIND_ANSWER, false, FIELD(vcs_dirty), NULL},
    {0},
};

static const struct hb_member initialize[] = {
    {"client", HB_KIND_OBJECT, true, 0, client},
    {"protocol", HB_KIND_NUMBER, true, FIELD(protocol), NULL},
    {"nonce", HB_KIND_NONCE, false, FIELD(nonce), NULL},
    {0},
};

static const struct hb_member deploy[] = {
    {"id", HB_KIND_UUID, true, FIELD(id), NULL},
    {"target", HB_KIND_TARGET, false, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, true, FIELD(module), NULL},
    {"source", HB_KIND_SOURCE, true, FIELD(source), NULL},
    {"trigger", HB_KIND_TRIGGER, true, FIELD(trigger), NULL},
    {"document", HB_KIND_OBJECT, false, 0, document},
    {"vcs", HB_KIND_OBJECT, false, 0, vcs},
    {"force", HB_KIND_FLAG, false, FIELD(force), NULL},
    {"confirmed", HB_KIND_FLAG, false, FIELD(confirmed), NULL},
    {0},
};

static const struct hb_member deploy_id[] = {
    {"id", HB_KIND_UUID, true, FIELD(id), NULL},
    {0},
};

static const struct hb_member none[] = {{0}};

static const struct hb_member targets_test[] = {
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {0},
};

static const struct hb_member history_list[] = {
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, false, FIELD(module), NULL},
    {"limit", HB_KIND_LIMIT, false, FIELD(limit), NULL},
    {"before", HB_KIND_TEXT, false, FIELD(before), NULL},
    {"all", HB_KIND_FLAG, false, FIELD(all), NULL},
    {0},
};

static const struct hb_member history_source[] = {
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, true, FIELD(module), NULL},
    {"commit", HB_KIND_COMMIT, true, FIELD(commit), NULL},
    {0},
};

static const struct hb_member history_diff[] = {
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, true, FIELD(module), NULL},
    {"from", HB_KIND_COMMIT, false, FIELD(from), NULL},
    {"to", HB_KIND_COMMIT, false, FIELD(to), NULL},
    {0},
};

static const struct hb_member history_live[] = {
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, false, FIELD(module), NULL},
    {0},
};

static const struct hb_member rollback[] = {
    {"id", HB_KIND_UUID, true, FIELD(id), NULL},
    {"target", HB_KIND_TARGET, true, FIELD(target), NULL},
    {"module", HB_KIND_MODULE, true, FIELD(module), NULL},
    {"commit", HB_KIND_COMMIT, false, FIELD(commit), NULL},
    {"force", HB_KIND_FLAG, false, FIELD(force), NULL},
    {"confirmed", HB_KIND_FLAG, false, FIELD(confirmed), NULL},
    {0},
};

static const struct {
    const char *name;
    const struct hb_member *members;
} methods[HB_METHOD_COUNT] = {
    [HB_METHOD_INITIALIZE] = {"initialize", initialize},
    [HB_METHOD_DEPLOY] = {"deploy", deploy},
    [HB_METHOD_DEPLOY_GET] = {"deploy/get", deploy_id},
    [HB_METHOD_DEPLOY_CANCEL] = {"deploy/cancel", deploy_id},
    [HB_METHOD_TARGETS_LIST] = {"targets/list", none},
    [HB_METHOD_TARGETS_TEST] = {"targets/test", targets_test},
    [HB_METHOD_HISTORY_LIST] = {"history/list", history_list},
    [HB_METHOD_HISTORY_SOURCE] = {"history/source", history_source},
    [HB_METHOD_HISTORY_DIFF] = {"history/diff", history_diff},
    [HB_METHOD_HISTORY_LIVE] = {"history/live", history_live},
    [HB_METHOD_ROLLBACK] = {"rollback", rollback},
};

const char *hb_method_name(enum hb_method method)
{
    return methods[method].name;
}

const struct hb_member *hb_method_members(enum hb_method method)
{
    return methods[method].members;
}
