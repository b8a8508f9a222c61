/*
 * Blocking work off the loop. A job runs `work` on a thread of libuv's pool
 * and then `done` on the loop thread; it carries what it needs by value and
 * owns it, so nothing is shared while it runs. A lane runs its jobs in order,
 * one at a time; a job without a lane runs as soon as a thread is free.
 *
 *     struct job { struct hb_job base; ...input...; ...result...; };
 *     hb_lane_submit(lane, &job->base, work, done);
 *
 * Owns: nothing; a job belongs to its `done`, which frees it. Thread: loop.
 */
#ifndef HB_BASE_LANE_H
#define HB_BASE_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct hb_lane;
struct hb_job;

typedef void (*hb_job_fn)(struct hb_job *job);

struct hb_job {
    uv_work_t request;
    struct hb_lane *lane;
    struct hb_job *next;
    hb_job_fn work;
    hb_job_fn done;
};

struct hb_lane {
    uv_loop_t *loop;
    struct hb_job *first; /* the one that runs, then those that wait */
    struct hb_job *last;
    size_t count;
};

void hb_lane_init(struct hb_lane *lane, uv_loop_t *loop);

/* Asserts that no job is left: run the loop out first. */
void hb_lane_release(struct hb_lane *lane);

void hb_lane_submit(struct hb_lane *lane, struct hb_job *job, hb_job_fn work,
                    hb_job_fn done);

/* A job of no lane. */
void hb_job_run(uv_loop_t *loop, struct hb_job *job, hb_job_fn work,
                hb_job_fn done);

#endif
