#include "pipeline/queue.h"

#include "base/alloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void hb_queue_init(struct hb_queue *queue, const char *target)
{
    *queue = (struct hb_queue){.target = hb_strdup(target)};
}

void hb_queue_release(struct hb_queue *queue)
{
    assert(queue->count == 0 && queue->current == NULL);
    free(queue->waiting);
    free(queue->python);
    free(queue->python_version);
    hb_strings_release(&queue->paths);
    hb_strings_release(&queue->versions);
    free(queue->target);
    *queue = (struct hb_queue){0};
}

void hb_queue_add(struct hb_queue *queue, struct hb_flow *flow)
{
    queue->waiting = hb_realloc_array(queue->waiting, queue->count + 1,
                                      sizeof(struct hb_flow *));
    queue->waiting[queue->count++] = flow;
}

static char **version_of(const struct hb_queue *queue, const char *path)
{
    for (size_t i = 0; i < queue->paths.count; i++) {
        if (strcmp(queue->paths.items[i], path) == 0) {
            return &queue->versions.items[i];
        }
    }
    return NULL;
}

void hb_queue_keep_versions(struct hb_queue *queue,
                            const struct hb_target *probed)
{
    for (size_t i = 0; i < probed->server_count; i++) {
        const struct hb_server *server = &probed->servers[i];
        char **version = version_of(queue, server->path);
        if (server->version != NULL && version != NULL) {
            hb_replace(version, server->version);
        } else if (server->version != NULL) {
            hb_strings_add(&queue->paths, server->path);
            hb_strings_add(&queue->versions, server->version);
        }
    }
}

void hb_queue_give_versions(const struct hb_queue *queue,
                            struct hb_target *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        struct hb_server *server = &target->servers[i];
        char **version = version_of(queue, server->path);
        if (version != NULL) {
            hb_replace(&server->version, *version);
        }
    }
}

void hb_queue_remove(struct hb_queue *queue, const struct hb_flow *flow)
{
    if (queue->current == flow) {
        queue->current = NULL;
    }
    for (size_t i = 0; i < queue->count; i++) {
        if (queue->waiting[i] == flow) {
            queue->count--;
            memmove(&queue->waiting[i], &queue->waiting[i + 1],
                    (queue->count - i) * sizeof(struct hb_flow *));
            return;
        }
    }
}

struct hb_flow *hb_queue_next(struct hb_queue *queue)
{
    if (queue->current != NULL || queue->count == 0) {
        return NULL;
    }
    struct hb_flow *flow = queue->waiting[0];
    hb_queue_remove(queue, flow);
    queue->current = flow;
    return flow;
}
