#include "wire/decode.h"
#include "wire/tree.h"

#include <stdlib.h>
#include <string.h>

static void read_server(json_object *tree, struct hb_target *target)
{
    char *name = hb_tree_copy_or_empty(tree, "name");
    char *path = hb_tree_copy_or_empty(tree, "path");
    struct hb_server *server = hb_target_add_server(target, name, path);
    free(name);
    free(path);
    const char *profile = hb_tree_text(tree, "profile");
    const char *running = hb_tree_text(tree, "running");
    if (profile == NULL || !hb_profile_parse(profile, &server->profile)) {
        server->profile = HB_PROFILE_UNKNOWN;
    }
    if (running == NULL || !hb_running_parse(running, &server->running)) {
        server->running = HB_RUNNING_UNKNOWN;
    }
    server->found = hb_tree_flag(tree, "found");
    server->version = hb_tree_copy(tree, "version");
    server->pid = hb_tree_integer(tree, "pid", 0);
    server->pickup = hb_tree_copy(tree, "pickup");
    server->copies = hb_tree_copy(tree, "copies");
    server->log = hb_tree_copy(tree, "log");
    server->workers = hb_tree_integer(tree, "workers", 0);
    server->python = hb_tree_copy(tree, "python");
    server->python_version = hb_tree_copy(tree, "pythonVersion");
    hb_tree_strings(tree, "problems", &server->problems);
}

/* A word that is not known reads as the most careful one. */
static void read_words(json_object *tree, struct hb_target *target)
{
    const char *word = hb_tree_text(tree, "profile");
    if (word == NULL || !hb_profile_parse(word, &target->profile)) {
        target->profile = HB_PROFILE_UNKNOWN;
    }
    word = hb_tree_text(tree, "onSave");
    if (word == NULL || !hb_on_save_parse(word, &target->on_save)) {
        target->on_save = HB_SAVE_NEVER;
    }
    word = hb_tree_text(tree, "onConflict");
    if (word == NULL || !hb_on_conflict_parse(word, &target->on_conflict)) {
        target->on_conflict = HB_CONFLICT_STOP;
    }
    word = hb_tree_text(tree, "guard");
    if (word == NULL || !hb_guard_parse(word, &target->guard)) {
        target->guard = HB_GUARD_CONFIRM;
    }
    word = hb_tree_text(tree, "deliver");
    if (word == NULL || !hb_deliver_parse(word, &target->deliver)) {
        target->deliver = HB_DELIVER_AUTO;
    }
}

static struct hb_target *read_target(json_object *tree, struct hb_error *err)
{
    const char *name = hb_tree_text(tree, "name");
    if (name == NULL) {
        hb_error_set(err, HB_EBRIDGE,
                     "the bridge sent no target where one was expected; is it "
                     "of another version?");
        return NULL;
    }
    struct hb_target *target = hb_target_new(name);
    read_words(tree, target);
    target->confirm_timeout =
        hb_tree_seconds(tree, "confirmTimeout", target->confirm_timeout);
    json_object *list = hb_tree_array(tree, "servers");
    size_t count = list == NULL ? 0 : json_object_array_length(list);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(list, i);
        if (json_object_is_type(item, json_type_object)) {
            read_server(item, target);
        }
    }
    hb_tree_strings(tree, "problems", &target->problems);
    return target;
}

struct hb_target *hb_decode_target(const char *value, struct hb_error *err)
{
    json_object *tree = hb_tree_parse(value, strlen(value), "the target", err);
    struct hb_target *target = tree == NULL ? NULL : read_target(tree, err);
    json_object_put(tree);
    return target;
}

bool hb_decode_targets(const char *value, struct hb_target ***targets,
                       size_t *count, char **default_target,
                       struct hb_error *err)
{
    json_object *tree = hb_tree_parse(value, strlen(value), "the targets", err);
    if (tree == NULL) {
        return false;
    }
    json_object *list = hb_tree_array(tree, "targets");
    size_t length = list == NULL ? 0 : json_object_array_length(list);
    *targets = hb_alloc(length * sizeof **targets);
    *count = 0;
    bool good = true;
    for (size_t i = 0; good && i < length; i++) {
        (*targets)[i] = read_target(json_object_array_get_idx(list, i), err);
        good = (*targets)[i] != NULL;
        *count += good;
    }
    if (good) {
        *default_target = hb_tree_copy(tree, "defaultTarget");
    } else {
        for (size_t i = 0; i < *count; i++) {
            hb_target_free((*targets)[i]);
        }
        free(*targets);
    }
    json_object_put(tree);
    return good;
}
