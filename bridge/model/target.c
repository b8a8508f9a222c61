#include "model/target.h"

#include <stdlib.h>
#include <string.h>

/* Seconds that servers have to answer where the configuration is silent. */
#define DEFAULT_CONFIRM_TIMEOUT 30.0

static const char *const profile_words[HB_PROFILE_COUNT] = {
    [HB_PROFILE_AUTO] = "auto",        [HB_PROFILE_ZATO_2] = "zato-2",
    [HB_PROFILE_ZATO_32] = "zato-3.2", [HB_PROFILE_ZATO_4] = "zato-4",
    [HB_PROFILE_UNKNOWN] = "unknown",
};
static const char *const on_save_words[HB_SAVE_COUNT] = {
    [HB_SAVE_MARKER] = "marker",
    [HB_SAVE_ALWAYS] = "always",
    [HB_SAVE_NEVER] = "never",
};
static const char *const on_conflict_words[HB_CONFLICT_COUNT] = {
    [HB_CONFLICT_STOP] = "stop",
    [HB_CONFLICT_OVERWRITE] = "overwrite",
};
static const char *const guard_words[HB_GUARD_COUNT] = {
    [HB_GUARD_NONE] = "none",
    [HB_GUARD_CONFIRM] = "confirm",
    [HB_GUARD_MANUAL] = "manual",
};
static const char *const deliver_words[HB_DELIVER_COUNT] = {
    [HB_DELIVER_AUTO] = "auto",
    [HB_DELIVER_FIRST] = "first",
    [HB_DELIVER_ALL] = "all",
};
static const char *const running_words[HB_RUNNING_COUNT] = {
    [HB_RUNNING_UNKNOWN] = "unknown",
    [HB_RUNNING_YES] = "yes",
    [HB_RUNNING_STARTING] = "starting",
    [HB_RUNNING_NO] = "no",
};

#define WORDS(name, type, words, count)                   \
    const char *hb_##name##_word(type value)              \
    {                                                     \
        return words[value];                              \
    }                                                     \
    bool hb_##name##_parse(const char *word, type *value) \
    {                                                     \
        for (int i = 0; i < count; i++) {                 \
            if (strcmp(words[i], word) == 0) {            \
                *value = (type)i;                         \
                return true;                              \
            }                                             \
        }                                                 \
        return false;                                     \
    }

WORDS(profile, enum hb_profile, profile_words, HB_PROFILE_COUNT)
WORDS(on_save, enum hb_on_save, on_save_words, HB_SAVE_COUNT)
WORDS(on_conflict, enum hb_on_conflict, on_conflict_words, HB_CONFLICT_COUNT)
WORDS(guard, enum hb_guard, guard_words, HB_GUARD_COUNT)
WORDS(deliver, enum hb_deliver, deliver_words, HB_DELIVER_COUNT)
WORDS(running, enum hb_running, running_words, HB_RUNNING_COUNT)

struct hb_target *hb_target_new(const char *name)
{
    struct hb_target *target = hb_alloc(sizeof *target);
    target->name = hb_strdup(name);
    target->confirm_timeout = DEFAULT_CONFIRM_TIMEOUT;
    return target;
}

struct hb_target *hb_target_copy(const struct hb_target *from)
{
    struct hb_target *to = hb_alloc(sizeof *to);
    *to = *from;
    to->name = hb_strdup(from->name);
    to->servers = NULL;
    to->server_count = 0;
    hb_strings_copy(&to->problems, &from->problems);
    for (size_t i = 0; i < from->server_count; i++) {
        const struct hb_server *old = &from->servers[i];
        struct hb_server *server =
            hb_target_add_server(to, old->name, old->path);
        struct hb_server fresh = *old;
        fresh.name = server->name;
        fresh.path = server->path;
        fresh.version = hb_strdup(old->version);
        fresh.home = hb_strdup(old->home);
        fresh.pickup = hb_strdup(old->pickup);
        fresh.copies = hb_strdup(old->copies);
        fresh.log = hb_strdup(old->log);
        fresh.python = hb_strdup(old->python);
        fresh.python_version = hb_strdup(old->python_version);
        fresh.unruled = hb_strdup(old->unruled);
        hb_strings_copy(&fresh.problems, &old->problems);
        *server = fresh;
    }
    return to;
}

void hb_target_free(struct hb_target *target)
{
    if (target == NULL) {
        return;
    }
    for (size_t i = 0; i < target->server_count; i++) {
        struct hb_server *server = &target->servers[i];
        free(server->name);
        free(server->path);
        free(server->version);
        free(server->home);
        free(server->pickup);
        free(server->copies);
        free(server->log);
        free(server->python);
        free(server->python_version);
        free(server->unruled);
        hb_strings_release(&server->problems);
    }
    free(target->servers);
    hb_strings_release(&target->problems);
    free(target->name);
    free(target);
}

struct hb_server *hb_target_add_server(struct hb_target *target,
                                       const char *name, const char *path)
{
    target->servers = hb_realloc_array(
        target->servers, target->server_count + 1, sizeof *target->servers);
    struct hb_server *server = &target->servers[target->server_count++];
    *server = (struct hb_server){.profile = HB_PROFILE_UNKNOWN};
    server->name = hb_strdup(name);
    server->path = hb_strdup(path);
    return server;
}
