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
    free(queue->target);
    *queue = (struct hb_queue){0};
}

void hb_queue_add(struct hb_queue *queue, struct hb_flow *flow)
{
    queue->waiting = hb_realloc_array(queue->waiting, queue->count + 1,
                                      sizeof(struct hb_flow *));
    queue->waiting[queue->count++] = flow;
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
