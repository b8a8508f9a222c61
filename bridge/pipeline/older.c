#include "pipeline/older.h"

#include "delivery/delivery.h"
#include "target/problem.h"

#include <stdlib.h>
#include <string.h>

/* Digits of a commit that a sentence names. */
#define COMMIT_DIGITS 8

struct gathering {
    struct hb_lying_list *list;
    size_t server;
};

static void gather(void *user, const char *module, const char *blob)
{
    struct gathering *gathering = user;
    struct hb_lying_list *list = gathering->list;
    list->items =
        hb_realloc_array(list->items, list->count + 1, sizeof *list->items);
    struct hb_lying *lying = &list->items[list->count++];
    *lying = (struct hb_lying){.module = hb_strdup(module),
                               .server = gathering->server};
    memcpy(lying->blob, blob, sizeof lying->blob);
}

void hb_older_gather(const struct hb_target *target, struct hb_lying_list *list)
{
    for (size_t i = 0; i < target->server_count; i++) {
        struct gathering gathering = {.list = list, .server = i};
        hb_delivery_each(&target->servers[i], gather, &gathering);
    }
}

/* What this bridge has delivered, or is about to, was not lost with the power:
 * it may have come between the two looks. */
static bool is_ours(const struct hb_pipeline *pipeline, const char *target,
                    const char *module)
{
    for (const struct hb_flow *flow = pipeline->flows; flow != NULL;
         flow = flow->next) {
        if (flow->phase != HB_PHASE_DONE &&
            strcmp(flow->deploy->target, target) == 0 &&
            strcmp(flow->deploy->module, module) == 0) {
            return true;
        }
    }
    for (const struct hb_given *given = pipeline->given; given != NULL;
         given = given->next) {
        if (given->mtime != 0 && strcmp(given->target, target) == 0 &&
            strcmp(given->module, module) == 0) {
            return true;
        }
    }
    return false;
}

/* Where one server gets the file for all, the others keep what they got when
 * it was their turn. */
static bool lies_elsewhere(const struct hb_lying *lying, size_t count,
                           const char *module)
{
    for (size_t i = 0; i < count; i++) {
        if (lying[i].last && strcmp(lying[i].module, module) == 0) {
            return true;
        }
    }
    return false;
}

void hb_older_tell(const struct hb_pipeline *pipeline, struct hb_target *target,
                   const struct hb_lying *lying, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct hb_lying *one = &lying[i];
        const struct hb_server *server = &target->servers[one->server];
        if (one->commit[0] == '\0' ||
            is_ours(pipeline, target->name, one->module) ||
            (!hb_delivery_to_all(target) &&
             lies_elsewhere(lying, count, one->module))) {
            continue;
        }
        hb_problem(&target->problems,
                   "%s: %s in %s is the version of %.*s, not that of %.*s, "
                   "which was deployed last: deploy it again",
                   server->name, one->module, server->pickup, COMMIT_DIGITS,
                   one->commit, COMMIT_DIGITS, one->given);
    }
}
