#include "base/lane.h"

#include <assert.h>
#include <stdlib.h>

static void start(uv_loop_t *loop, struct hb_job *job);

static void on_work(uv_work_t *request)
{
    struct hb_job *job = request->data;
    job->work(job);
}

static void on_done(uv_work_t *request, int status)
{
    struct hb_job *job = request->data;
    struct hb_lane *lane = job->lane;
    (void)status; /* never cancelled: what was accepted is done */
    if (lane != NULL) {
        assert(lane->first == job);
        lane->first = job->next;
        lane->count--;
        if (lane->first == NULL) {
            lane->last = NULL;
        } else {
            start(lane->loop, lane->first);
        }
    }
    job->done(job);
}

static void start(uv_loop_t *loop, struct hb_job *job)
{
    job->request.data = job;
    if (uv_queue_work(loop, &job->request, on_work, on_done) != 0) {
        abort(); /* only for a NULL callback */
    }
}

void hb_lane_init(struct hb_lane *lane, uv_loop_t *loop)
{
    *lane = (struct hb_lane){.loop = loop};
}

void hb_lane_release(struct hb_lane *lane)
{
    assert(lane == NULL || lane->count == 0);
    (void)lane;
}

void hb_lane_submit(struct hb_lane *lane, struct hb_job *job, hb_job_fn work,
                    hb_job_fn done)
{
    job->lane = lane;
    job->next = NULL;
    job->work = work;
    job->done = done;
    lane->count++;
    if (lane->last != NULL) {
        lane->last->next = job;
        lane->last = job;
        return;
    }
    lane->first = lane->last = job;
    start(lane->loop, job);
}

void hb_job_run(uv_loop_t *loop, struct hb_job *job, hb_job_fn work,
                hb_job_fn done)
{
    job->lane = NULL;
    job->next = NULL;
    job->work = work;
    job->done = done;
    start(loop, job);
}
