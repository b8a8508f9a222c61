#include "wire/decode.h"
#include "wire/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An object id; what is not one reads as absent. */
static void read_oid(json_object *tree, const char *name, char out[HB_OID_SIZE])
{
    const char *text = hb_tree_text(tree, name);
    if (text != NULL && hb_text_is_oid(text)) {
        snprintf(out, HB_OID_SIZE, "%s", text);
    }
}

/* The words that are enums. One that is not known reads so that nothing looks
 * better than it is. */
static void read_words(json_object *tree, struct hb_deploy *deploy)
{
    const char *trigger = hb_tree_text(tree, "trigger");
    const char *state = hb_tree_text(tree, "state");
    const char *outcome = hb_tree_text(tree, "outcome");
    if (trigger == NULL || !hb_trigger_parse(trigger, &deploy->trigger)) {
        deploy->trigger = HB_TRIGGER_MANUAL;
    }
    if (state == NULL || !hb_state_parse(state, &deploy->state)) {
        deploy->state = HB_STATE_QUEUED;
    }
    if (outcome != NULL && !hb_outcome_parse(outcome, &deploy->outcome)) {
        deploy->outcome = HB_OUTCOME_UNCONFIRMED;
    }
}

static void read_server(json_object *tree, struct hb_deploy *deploy)
{
    const char *name = hb_tree_text(tree, "name");
    struct hb_deploy_server *server =
        hb_deploy_add_server(deploy, name == NULL ? "" : name);
    const char *state = hb_tree_text(tree, "state");
    if (state == NULL || !hb_server_state_parse(state, &server->state)) {
        server->state = HB_SERVER_SILENT;
    }
    hb_tree_strings(tree, "services", &server->services);
    server->seconds = hb_tree_seconds(tree, "seconds", -1);
    server->delivered = hb_tree_flag(tree, "delivered");
    server->nudged = hb_tree_flag(tree, "nudged");
    server->message = hb_tree_copy(tree, "message");
}

static void read_diagnostic(json_object *tree, struct hb_deploy *deploy)
{
    struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(deploy);
    const char *severity = hb_tree_text(tree, "severity");
    if (severity == NULL ||
        !hb_severity_parse(severity, &diagnostic->severity)) {
        diagnostic->severity = HB_SEVERITY_WARNING;
    }
    int line = hb_tree_integer(tree, "line", 0);
    int column = hb_tree_integer(tree, "column", 0);
    diagnostic->path = hb_tree_copy_or_empty(tree, "path");
    diagnostic->line = line < 0 ? 0 : line;
    diagnostic->column = column < 0 ? 0 : column;
    diagnostic->message = hb_tree_copy_or_empty(tree, "message");
    diagnostic->server = hb_tree_copy(tree, "server");
}

static void read_warning(json_object *tree, struct hb_deploy *deploy)
{
    const char *code = hb_tree_text(tree, "code");
    const char *message = hb_tree_text(tree, "message");
    hb_deploy_add_warning(deploy, code == NULL ? "" : code, "%s",
                          message == NULL ? "" : message);
}

/* Elements that are not objects are passed over. */
static void each(json_object *tree, const char *name, struct hb_deploy *deploy,
                 void (*read)(json_object *tree, struct hb_deploy *deploy))
{
    json_object *list = hb_tree_array(tree, name);
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (json_object_is_type(item, json_type_object)) {
            read(item, deploy);
        }
    }
}

static void read_origin(json_object *tree, struct hb_deploy *deploy)
{
    deploy->document = hb_tree_copy(hb_tree_object(tree, "document"), "path");
    deploy->client = hb_tree_copy(tree, "client");
    json_object *vcs = hb_tree_object(tree, "vcs");
    deploy->vcs_commit = hb_tree_copy(vcs, "commit");
    deploy->vcs_branch = hb_tree_copy(vcs, "branch");
    json_object *dirty = NULL;
    if (json_object_object_get_ex(vcs, "dirty", &dirty)) {
        deploy->vcs_dirty = hb_tree_flag(vcs, "dirty") ? HB_YES : HB_NO;
    }
}

static struct hb_deploy *read_deploy(json_object *tree, struct hb_error *err)
{
    if (!json_object_is_type(tree, json_type_object) ||
        hb_tree_text(tree, "target") == NULL ||
        hb_tree_text(tree, "module") == NULL) {
        hb_error_set(err, HB_EBRIDGE,
                     "the bridge sent no deploy where one was expected; is it "
                     "of another version?");
        return NULL;
    }
    struct hb_deploy *deploy = hb_deploy_new();
    const char *id = hb_tree_text(tree, "id");
    if (id != NULL && hb_text_is_uuid(id)) {
        snprintf(deploy->id, sizeof deploy->id, "%s", id);
    }
    deploy->target = hb_tree_copy(tree, "target");
    deploy->module = hb_tree_copy(tree, "module");
    read_words(tree, deploy);
    read_oid(tree, "attempt", deploy->attempt);
    read_oid(tree, "commit", deploy->commit);
    read_oid(tree, "blob", deploy->blob);
    read_oid(tree, "found", deploy->found);
    read_oid(tree, "previous", deploy->previous);
    deploy->message = hb_tree_copy(tree, "message");
    deploy->late = hb_tree_flag(tree, "late");
    deploy->live = hb_tree_flag(tree, "live");
    each(tree, "servers", deploy, read_server);
    each(tree, "diagnostics", deploy, read_diagnostic);
    each(tree, "warnings", deploy, read_warning);
    json_object *timings = hb_tree_object(tree, "timings");
    deploy->recorded = hb_tree_seconds(timings, "recorded", -1);
    deploy->delivered = hb_tree_seconds(timings, "delivered", -1);
    deploy->confirmed = hb_tree_seconds(timings, "confirmed", -1);
    deploy->started = hb_tree_time(tree, "started");
    deploy->finished = hb_tree_time(tree, "finished");
    read_origin(tree, deploy);
    return deploy;
}

struct hb_deploy *hb_decode_deploy(const char *value, struct hb_error *err)
{
    json_object *tree = hb_tree_parse(value, strlen(value), "the deploy", err);
    struct hb_deploy *deploy = tree == NULL ? NULL : read_deploy(tree, err);
    json_object_put(tree);
    return deploy;
}

struct hb_deploy *hb_decode_deploy_changed(const char *value,
                                           struct hb_error *err)
{
    json_object *tree =
        hb_tree_parse(value, strlen(value), "the notification", err);
    struct hb_deploy *deploy =
        tree == NULL ? NULL : read_deploy(hb_tree_object(tree, "deploy"), err);
    json_object_put(tree);
    return deploy;
}

static void free_deploys(struct hb_deploy **deploys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hb_deploy_free(deploys[i]);
    }
    free(deploys);
}

bool hb_decode_list(const char *value, struct hb_deploy ***deploys,
                    size_t *count, char **next, struct hb_error *err)
{
    json_object *tree = hb_tree_parse(value, strlen(value), "the list", err);
    if (tree == NULL) {
        return false;
    }
    json_object *list = hb_tree_array(tree, "deploys");
    size_t length = list == NULL ? 0 : json_object_array_length(list);
    *deploys = hb_alloc(length * sizeof **deploys);
    *count = 0;
    bool good = true;
    for (size_t i = 0; good && i < length; i++) {
        (*deploys)[i] = read_deploy(json_object_array_get_idx(list, i), err);
        good = (*deploys)[i] != NULL;
        *count += good;
    }
    if (good) {
        *next = hb_tree_copy(tree, "next");
    } else {
        free_deploys(*deploys, *count);
    }
    json_object_put(tree);
    return good;
}
