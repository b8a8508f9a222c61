#include "confirm/watch.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "watch"
#include "base/log.h"

/* How often a copy that is being written is looked at, in seconds. */
#define LOOK_AGAIN 0.05

/* One answer, while the witness is asked about it. */
struct look_job {
    struct hb_job base;
    struct hb_watch *watch;
    size_t index;
    unsigned starts;
    struct hb_answer answer; /* what it points to is the job's own */
    char process[24];
    struct hb_strings names;
    /* the look */
    struct hb_target *target; /* of its own, with the one server */
    char *bytes;
    size_t len;
    bool retried;
    double until;
    double settles; /* a failure of doubtful age: until then; 0: it is none */
    struct hb_witness witness;
};

static void look(struct look_job *job);

static void free_look(struct look_job *job)
{
    hb_strings_release(&job->names);
    hb_target_free(job->target);
    free(job->bytes);
    free((char *)job->answer.error);
    free((char *)job->answer.path);
    free(job);
}

static enum hb_proof ask(const struct look_job *job, const char **why)
{
    const struct hb_seat *seat = &job->watch->seats[job->index];
    const struct hb_judge_question question = {
        .good = job->answer.good,
        .older_open = job->answer.number < seat->first,
        .in_place = seat->server->copies == NULL,
        .retried = job->retried,
        .workers = seat->server->workers,
        .mtimes = seat->mtimes,
        .mtime_count = seat->mtime_count,
        .written = job->answer.written,
        .witness = job->witness,
    };
    return hb_judge(&question, why);
}

/* It has our bytes and runs older ones: a further touch makes it compile. */
static void ask_again(struct hb_seat *seat)
{
    double next = hb_clock_monotonic() + HB_CONFIRM_STALE;
    if (seat->stale < HB_CONFIRM_STALE_MAX) {
        seat->stale++;
        seat->nudge_at = seat->asked ? next : hb_earliest(seat->nudge_at, next);
        seat->asked = false;
    }
}

static void pass_over(struct look_job *job, struct hb_seat *seat,
                      const char *why)
{
    if (why == NULL) {
        why = job->witness.ours ? "it runs bytecode of an older version"
                                : "its copy of the module is not ours";
        if (job->witness.ours && job->answer.good) {
            ask_again(seat);
        }
    }
    seat->doubt = why;
    if (!job->answer.good) {
        hb_seat_contradict(seat, &job->answer);
    }
}

/* A failure of doubtful age: it waits for a good word that came after it.
 * True: it still does. */
static bool wait_for_better(struct look_job *job, struct hb_seat *seat)
{
    double now = hb_clock_monotonic();
    if (job->settles == 0) {
        job->settles = now + HB_JUDGE_SETTLE;
    }
    return hb_seat_doubt_bad(seat, &job->answer) && now < job->settles;
}

static void judge(struct look_job *job)
{
    struct hb_watch *watch = job->watch;
    struct hb_seat *seat = &watch->seats[job->index];
    const char *why = NULL;
    if (job->starts != seat->starts) {
        free_look(job); /* its process is gone */
        return;
    }
    enum hb_proof proof = ask(job, &why);
    if (proof == HB_PROOF_RETRY && hb_clock_monotonic() < job->until) {
        job->retried = true;
        look(job);
        return;
    }
    if (proof == HB_PROOF_SETTLE && !job->answer.good &&
        wait_for_better(job, seat)) {
        look(job);
        return;
    }
    LOG_DBG("%s: %s: a %s answer (%u, ours from %u): %s", watch->deploy->id,
            seat->server->name, job->answer.good ? "good" : "bad",
            job->answer.number, seat->first,
            proof == HB_PROOF_YES      ? "counts"
            : proof == HB_PROOF_TICK   ? "counts unless contradicted at once"
            : proof == HB_PROOF_SETTLE ? "counts unless contradicted"
            : why != NULL              ? why
                                       : "does not count");
    if (proof == HB_PROOF_NONE || proof == HB_PROOF_RETRY) {
        pass_over(job, seat, why);
    } else if (job->answer.good) {
        hb_seat_take_good(watch, seat, &job->answer,
                          proof == HB_PROOF_SETTLE ? HB_JUDGE_SETTLE
                          : proof == HB_PROOF_TICK ? HB_JUDGE_TICK
                                                   : 0);
    } else {
        hb_seat_take_bad(watch, seat, &job->answer);
    }
    free_look(job);
}

static void look_work(struct hb_job *base)
{
    struct look_job *job = (struct look_job *)base;
    if (job->retried || job->settles > 0) {
        uv_sleep((unsigned)(LOOK_AGAIN * 1000)); /* on the pool's thread */
    }
    hb_witness_look(&job->target->servers[0], job->watch->deploy->module,
                    job->bytes, job->len, &job->witness);
}

static void on_looked(struct hb_job *base)
{
    struct look_job *job = (struct look_job *)base;
    struct hb_watch *watch = job->watch;
    struct hb_confirm *confirm = watch->confirm;
    confirm->jobs--;
    if (watch->freed) {
        free_look(job);
        hb_watch_let_go(watch);
        hb_confirm_settle(confirm);
        return;
    }
    judge(job);
    hb_watch_let_go(watch);
    hb_confirm_rearm(confirm);
    hb_confirm_settle(confirm);
}

static void look(struct look_job *job)
{
    job->watch->holds++;
    job->watch->confirm->jobs++;
    hb_job_run(job->watch->confirm->loop, &job->base, look_work, on_looked);
}

static void begin_look(struct hb_watch *watch, size_t index,
                       const struct hb_answer *answer)
{
    struct look_job *job = hb_alloc(sizeof *job);
    const struct hb_server *server = watch->seats[index].server;
    job->watch = watch;
    job->index = index;
    job->starts = watch->seats[index].starts;
    snprintf(job->process, sizeof job->process, "%s", answer->process);
    hb_strings_copy(&job->names, answer->names);
    job->answer = *answer;
    job->answer.process = job->process;
    job->answer.names = &job->names;
    job->answer.error = answer->error == NULL
                            ? NULL
                            : hb_strndup(answer->error, answer->error_len);
    job->answer.path = hb_strdup(answer->path);
    job->target = hb_target_new("");
    struct hb_server *copy =
        hb_target_add_server(job->target, server->name, server->path);
    copy->copies = hb_strdup(server->copies);
    copy->pickup = hb_strdup(server->pickup);
    copy->python_version = hb_strdup(server->python_version);
    job->bytes = hb_alloc(watch->len + 1);
    memcpy(job->bytes, watch->bytes, watch->len);
    job->len = watch->len;
    job->until = hb_clock_monotonic() + HB_JUDGE_RETRY;
    look(job);
}

void hb_watch_answer(struct hb_topic *topic, const struct hb_answer *answer)
{
    struct hb_confirm *confirm = topic->log->confirm;
    for (struct hb_watch *watch = confirm->watches; watch != NULL;
         watch = watch->next) {
        if (watch->done && hb_clock_monotonic() > watch->late_until) {
            continue;
        }
        for (size_t i = 0; i < watch->count; i++) {
            if (watch->seats[i].topic == topic && watch->seats[i].delivered) {
                begin_look(watch, i, answer);
            }
        }
    }
}
