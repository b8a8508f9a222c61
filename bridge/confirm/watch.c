#include "confirm/log.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/lane.h"
#include "report/traceback.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "watch"
#include "base/log.h"

/* Services whose module is remembered. */
#define SERVICES_MAX 10000
/* How often a copy that is being written is looked at, in seconds. */
#define LOOK_AGAIN 0.05

/* A process of the server whose answer was this deploy's. */
struct heard {
    char process[24];
    double settles; /* a good line of doubtful age: not before */
};

/* One server of one deploy. */
struct seat {
    const struct hb_server *server; /* in the watch's target */
    struct hb_log *log;
    struct hb_topic *topic;
    unsigned first; /* number of our first trigger */
    bool delivered;
    unsigned starts; /* of the server, seen since: older answers are void */
    int64_t mtimes[HB_JUDGE_MTIMES];
    size_t mtime_count;
    enum hb_server_state state;
    struct heard heard[HB_LOG_PROCESSES];
    size_t heard_count;
    struct hb_strings services;
    double seconds;
    bool nudged;
    bool asked; /* ops->nudge was called */
    double nudge_at;
    double ends_at;
    char *message;
    const char *doubt; /* why the last answer proved nothing */
    struct hb_traceback error;
    bool has_error;
};

struct hb_watch {
    struct hb_watch *next;
    struct hb_confirm *confirm;
    struct hb_target *target;
    struct hb_deploy *deploy;
    char *bytes;
    size_t len;
    double timeout;
    const struct hb_watch_ops *ops;
    void *user;
    struct seat *seats;
    size_t count;
    double started; /* 0: not yet */
    double ends;
    double late_until;
    bool done;
    bool hurried;
    bool freed;
    unsigned holds; /* jobs to come, and callers that still look at it */
};

struct look_job {
    struct hb_job base;
    struct hb_watch *watch;
    size_t index;
    unsigned starts;
    /* the answer, by value */
    bool good;
    unsigned number;
    char process[24];
    struct hb_strings names;
    char *error;
    size_t error_len;
    char *path;
    /* the look */
    struct hb_target *target; /* of its own, with the one server */
    char *bytes;
    size_t len;
    bool retried;
    double until;
    uint64_t pause_us;
    struct hb_witness witness;
};

static void look(struct look_job *job);
static void release(struct hb_watch *watch);

/* Whoever is told of a watch may free it: who goes on with it afterwards holds
 * it meanwhile. */
static void let_go(struct hb_watch *watch)
{
    watch->holds--;
    if (watch->freed) {
        release(watch);
    }
}

/* ---- states ----------------------------------------------------------- */

static bool settled(const struct hb_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->seats[i].state == HB_SERVER_WAITING) {
            return false;
        }
    }
    return true;
}

static size_t count_in(const struct hb_watch *watch, enum hb_server_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < watch->count; i++) {
        count += watch->seats[i].state == state;
    }
    return count;
}

/* Tells of a change; the last may end the deploy. The watch may be freed by
 * whoever is told. */
static void tell(struct hb_watch *watch)
{
    if (watch->started <= 0 || watch->freed) {
        return;
    }
    if (watch->done) {
        watch->ops->late(watch->user, watch);
        return;
    }
    if (!settled(watch)) {
        watch->ops->changed(watch->user, watch);
        return;
    }
    enum hb_outcome outcome = HB_OUTCOME_UNCONFIRMED;
    if (count_in(watch, HB_SERVER_FAILED) > 0) {
        outcome = HB_OUTCOME_FAILED;
    } else if (count_in(watch, HB_SERVER_CONFIRMED) == watch->count &&
               watch->count > 0) {
        outcome = HB_OUTCOME_DEPLOYED;
    }
    watch->done = true;
    watch->late_until = hb_clock_monotonic() + HB_CONFIRM_LATE;
    watch->ops->done(watch->user, watch, outcome);
}

static void set_state(struct hb_watch *watch, struct seat *seat,
                      enum hb_server_state state, char *message)
{
    free(seat->message);
    seat->message = message;
    if (seat->state != state) {
        seat->state = state;
        tell(watch);
    }
}

static char *silence(const struct hb_watch *watch, const struct seat *seat)
{
    if (seat->log != NULL && seat->log->deaf) {
        return hb_strdup("its log says that its file observer could not be "
                         "started: start the server with "
                         "ZATO_HOT_DEPLOY_PREFER_SNAPSHOTS=1");
    }
    if (seat->server->workers == 0 && seat->heard_count > 0) {
        return hb_strdup("not all of its processes can be known to have "
                         "answered: set gunicorn_workers in its server.conf");
    }
    if (seat->heard_count > 0) {
        return hb_format("%zu of its %d processes have answered",
                         seat->heard_count, seat->server->workers);
    }
    if (seat->doubt != NULL) {
        return hb_strdup(seat->doubt);
    }
    if (seat->log != NULL && seat->log->gap) {
        return hb_strdup("its log was rotated away before it was read");
    }
    return hb_format("it said nothing of the module within %.0f s",
                     hb_clock_monotonic() - watch->started);
}

/* ---- answers ---------------------------------------------------------- */

static void remember_services(struct hb_watch *watch, struct seat *seat)
{
    struct hb_confirm *confirm = watch->confirm;
    for (size_t i = 0; i < seat->services.count; i++) {
        const char *name = seat->services.items[i];
        size_t at = 0;
        while (at < confirm->service_names.count &&
               strcmp(confirm->service_names.items[at], name) != 0) {
            at++;
        }
        char *owner =
            hb_format("%s/%s", watch->target->name, watch->deploy->module);
        if (at < confirm->service_names.count) {
            const char *before = confirm->service_modules.items[at];
            size_t target = strlen(watch->target->name);
            if (strcmp(before, owner) != 0 &&
                strncmp(before, owner, target + 1) == 0) {
                hb_deploy_add_warning(
                    watch->deploy, "duplicate-service",
                    "%s was in %s before: this module has taken it over", name,
                    before + target + 1);
            }
            hb_replace(&confirm->service_modules.items[at], owner);
        } else if (at < SERVICES_MAX) {
            hb_strings_add(&confirm->service_names, name);
            hb_strings_add(&confirm->service_modules, owner);
        }
        free(owner);
    }
}

static struct heard *heard_of(struct seat *seat, const char *process)
{
    for (size_t i = 0; i < seat->heard_count; i++) {
        if (strcmp(seat->heard[i].process, process) == 0) {
            return &seat->heard[i];
        }
    }
    if (seat->heard_count == HB_LOG_PROCESSES) {
        return NULL;
    }
    struct heard *heard = &seat->heard[seat->heard_count++];
    *heard = (struct heard){0};
    snprintf(heard->process, sizeof heard->process, "%s", process);
    return heard;
}

/* All processes of the server have answered, and no answer may still be
 * contradicted. */
static void confirm_when_complete(struct hb_watch *watch, struct seat *seat,
                                  double now)
{
    size_t sure = 0;
    for (size_t i = 0; i < seat->heard_count; i++) {
        sure += seat->heard[i].settles <= now;
    }
    if (seat->server->workers > 0 && sure >= (size_t)seat->server->workers &&
        seat->state != HB_SERVER_CONFIRMED) {
        remember_services(watch, seat);
        set_state(watch, seat, HB_SERVER_CONFIRMED, NULL);
    }
}

static void take_good(struct hb_watch *watch, struct seat *seat,
                      const struct look_job *job, bool settle)
{
    double now = hb_clock_monotonic();
    struct heard *heard = heard_of(seat, job->process);
    if (heard == NULL) {
        return;
    }
    heard->settles = settle ? now + HB_JUDGE_SETTLE : 0;
    for (size_t i = 0; i < job->names.count; i++) {
        if (!hb_strings_has(&seat->services, job->names.items[i])) {
            hb_strings_add(&seat->services, job->names.items[i]);
        }
    }
    if (settle && seat->topic != NULL) {
        hb_topic_resync(seat->topic, job->process, seat->first);
    }
    seat->seconds = now - watch->started;
    seat->has_error = false;
    hb_traceback_release(&seat->error);
    confirm_when_complete(watch, seat, now);
}

/* What was believed of this process is contradicted. */
static void unhear(struct seat *seat, const char *process, double settles)
{
    for (size_t i = 0; i < seat->heard_count; i++) {
        if (strcmp(seat->heard[i].process, process) == 0 &&
            seat->heard[i].settles >= settles) {
            seat->heard[i] = seat->heard[--seat->heard_count];
            return;
        }
    }
}

static void take_bad(struct hb_watch *watch, struct seat *seat,
                     const struct look_job *job)
{
    char *message;
    unhear(seat, job->process, 0);
    seat->seconds = hb_clock_monotonic() - watch->started;
    hb_traceback_release(&seat->error);
    seat->has_error =
        job->error != NULL &&
        hb_traceback_read(job->error, job->error_len, watch->deploy->module,
                          job->path, &seat->error);
    if (seat->has_error) {
        message = hb_strdup(seat->error.message);
    } else if (job->error != NULL) {
        message = hb_strdup("it could not load the module");
    } else {
        message = hb_strdup("loaded, holds no services");
    }
    set_state(watch, seat, HB_SERVER_FAILED, message);
}

static void free_look(struct look_job *job)
{
    hb_strings_release(&job->names);
    hb_target_free(job->target);
    free(job->bytes);
    free(job->error);
    free(job->path);
    free(job);
}

static void judge(struct look_job *job)
{
    struct hb_watch *watch = job->watch;
    struct seat *seat = &watch->seats[job->index];
    const char *why = NULL;
    if (job->starts != seat->starts) {
        free_look(job); /* its process is gone */
        return;
    }
    const struct hb_judge_question question = {
        .good = job->good,
        .older_open = job->number < seat->first,
        .in_place = seat->server->copies == NULL,
        .retried = job->retried,
        .workers = seat->server->workers,
        .mtimes = seat->mtimes,
        .mtime_count = seat->mtime_count,
        .witness = job->witness,
    };
    enum hb_proof proof = hb_judge(&question, &why);
    if (proof == HB_PROOF_RETRY && hb_clock_monotonic() < job->until) {
        job->retried = true;
        look(job);
        return;
    }
    LOG_DBG("%s: %s: a %s answer (%u, ours from %u): %s", watch->deploy->id,
            seat->server->name, job->good ? "good" : "bad", job->number,
            seat->first,
            proof == HB_PROOF_YES      ? "counts"
            : proof == HB_PROOF_SETTLE ? "counts unless contradicted"
            : why != NULL              ? why
                                       : "does not count");
    if (proof == HB_PROOF_YES || proof == HB_PROOF_SETTLE) {
        if (job->good) {
            take_good(watch, seat, job, proof == HB_PROOF_SETTLE);
        } else {
            take_bad(watch, seat, job);
        }
    } else {
        if (why == NULL) {
            why = job->witness.ours ? "it runs bytecode of an older version"
                                    : "its copy of the module is not ours";
        }
        seat->doubt = why;
        if (!job->good) {
            unhear(seat, job->process, hb_clock_monotonic());
        }
    }
    free_look(job);
}

static void look_work(struct hb_job *base)
{
    struct look_job *job = (struct look_job *)base;
    if (job->retried) {
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
        let_go(watch);
        hb_confirm_settle(confirm);
        return;
    }
    judge(job);
    let_go(watch);
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
    job->good = answer->good;
    job->number = answer->number;
    snprintf(job->process, sizeof job->process, "%s", answer->process);
    hb_strings_copy(&job->names, answer->names);
    job->error = answer->error == NULL
                     ? NULL
                     : hb_strndup(answer->error, answer->error_len);
    job->error_len = job->error == NULL ? 0 : strlen(job->error);
    job->path = hb_strdup(answer->path);
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

void hb_watch_started(struct hb_log *log)
{
    for (struct hb_watch *watch = log->confirm->watches; watch != NULL;
         watch = watch->next) {
        for (size_t i = 0; i < watch->count; i++) {
            if (watch->seats[i].log == log) {
                watch->seats[i].starts++;
                watch->seats[i].first = 1;
                watch->seats[i].heard_count = 0;
            }
        }
    }
}

void hb_watch_noticed(struct hb_log *log)
{
    hb_confirm_rearm(log->confirm);
}

bool hb_watch_waits(const struct hb_confirm *confirm, const struct hb_log *log)
{
    for (const struct hb_watch *watch = confirm->watches; watch != NULL;
         watch = watch->next) {
        for (size_t i = 0; i < watch->count; i++) {
            if (watch->started > 0 && !watch->done &&
                watch->seats[i].log == log &&
                watch->seats[i].state == HB_SERVER_WAITING) {
                return true;
            }
        }
    }
    return false;
}

/* ---- time ------------------------------------------------------------- */

static double earliest(double a, double b)
{
    return a < b ? a : b;
}

static double tick(struct hb_watch *watch, double now)
{
    double next = HB_NEVER;
    if (watch->started <= 0 || watch->freed) {
        return next;
    }
    for (size_t i = 0; i < watch->count && !watch->freed; i++) {
        struct seat *seat = &watch->seats[i];
        for (size_t k = 0; k < seat->heard_count; k++) {
            if (seat->heard[k].settles > now) {
                next = earliest(next, seat->heard[k].settles);
            }
        }
        if (seat->heard_count > 0 && seat->state != HB_SERVER_CONFIRMED &&
            seat->state != HB_SERVER_FAILED) {
            confirm_when_complete(watch, seat, now);
        }
        if (watch->freed || seat->state != HB_SERVER_WAITING) {
            continue;
        }
        if (!seat->asked && now >= seat->nudge_at) {
            seat->asked = true;
            if (watch->hurried) {
                seat->ends_at = earliest(seat->ends_at, now + HB_CONFIRM_YIELD);
            }
            watch->ops->nudge(watch->user, watch, i);
        }
        if (now >= seat->ends_at) {
            if (seat->log != NULL) {
                seat->log->silent = seat->heard_count == 0;
            }
            set_state(watch, seat, HB_SERVER_SILENT, silence(watch, seat));
            continue;
        }
        next = earliest(next, seat->ends_at);
        if (!seat->asked) {
            next = earliest(next, seat->nudge_at);
        }
    }
    return next;
}

double hb_watch_tick(struct hb_confirm *confirm, double now)
{
    double next = HB_NEVER;
    struct hb_watch *after;
    for (struct hb_watch *watch = confirm->watches; watch != NULL;
         watch = after) {
        unsigned changes = confirm->changes;
        watch->holds++;
        double due = tick(watch, now);
        after = watch->next;
        let_go(watch);
        next = earliest(next, due);
        if (confirm->changes != changes) {
            after = confirm->watches; /* what was next may be gone */
            next = HB_NEVER;
        }
    }
    return next;
}

/* ---- what the pipeline calls ------------------------------------------ */

static void take_seat(struct hb_watch *watch, size_t index,
                      const struct hb_watch_spec *spec)
{
    struct seat *seat = &watch->seats[index];
    seat->server = &watch->target->servers[index];
    seat->seconds = -1;
    if (seat->server->log == NULL) {
        return;
    }
    seat->log = hb_log_of(watch->confirm, seat->server);
    seat->topic = hb_topic_of(seat->log, watch->target->name,
                              watch->deploy->module, true);
    uint64_t inode = 0;
    uint64_t offset = 0;
    for (size_t i = 0; i < spec->mark_count; i++) {
        if (spec->marks[i].server != NULL &&
            strcmp(spec->marks[i].server, seat->server->name) == 0) {
            inode = spec->marks[i].inode;
            offset = spec->marks[i].offset;
        }
    }
    hb_follower_start(seat->log->follower, inode, offset);
    if (seat->topic->triggers == 0) {
        seat->topic->since_inode = inode;
        seat->topic->since_offset = offset;
    }
}

struct hb_watch *hb_watch_new(struct hb_confirm *confirm,
                              const struct hb_watch_spec *spec,
                              const struct hb_watch_ops *ops, void *user)
{
    struct hb_watch *watch = hb_alloc(sizeof *watch);
    watch->confirm = confirm;
    watch->target = hb_target_copy(spec->target);
    watch->deploy = hb_deploy_copy(spec->deploy);
    watch->bytes = hb_alloc(spec->len + 1);
    memcpy(watch->bytes, spec->bytes, spec->len);
    watch->len = spec->len;
    watch->timeout = spec->timeout;
    watch->ops = ops;
    watch->user = user;
    watch->count = watch->target->server_count;
    watch->seats = hb_alloc((watch->count + 1) * sizeof *watch->seats);
    for (size_t i = 0; i < watch->count; i++) {
        take_seat(watch, i, spec);
    }
    watch->next = confirm->watches;
    confirm->watches = watch;
    confirm->changes++;
    return watch;
}

static void add_mtime(struct seat *seat, int64_t mtime)
{
    if (mtime != 0 && seat->mtime_count < HB_JUDGE_MTIMES) {
        seat->mtimes[seat->mtime_count++] = mtime;
    }
}

void hb_watch_delivered(struct hb_watch *watch, size_t server, int64_t mtime)
{
    struct seat *seat = &watch->seats[server];
    add_mtime(seat, mtime);
    if (seat->delivered || seat->topic == NULL) {
        return;
    }
    seat->delivered = true;
    hb_topic_forget_surplus(seat->topic);
    seat->first = ++seat->topic->triggers;
    seat->topic->last_word = hb_clock_monotonic();
}

void hb_watch_undelivered(struct hb_watch *watch, size_t server,
                          const char *why)
{
    struct seat *seat = &watch->seats[server];
    if (seat->delivered && seat->topic->triggers > 0) {
        seat->topic->triggers--;
    }
    seat->delivered = false;
    seat->state = HB_SERVER_UNREACHABLE;
    hb_replace(&seat->message, why);
}

void hb_watch_nudged(struct hb_watch *watch, size_t server, int64_t mtime)
{
    struct seat *seat = &watch->seats[server];
    seat->nudged = true;
    add_mtime(seat, mtime);
    if (seat->topic != NULL) {
        seat->topic->triggers++;
    }
}

static void begin(struct hb_watch *watch, struct seat *seat)
{
    double patience = watch->timeout;
    seat->nudge_at = watch->started + HB_CONFIRM_NUDGE;
    if (seat->state != HB_SERVER_WAITING) {
        return;
    }
    if (seat->log == NULL) {
        seat->state = HB_SERVER_UNREACHABLE;
        seat->message = hb_strdup("it has no log that could be followed");
        return;
    }
    if (seat->server->running == HB_RUNNING_NO) {
        seat->state = HB_SERVER_STOPPED;
        seat->message =
            hb_strdup("stopped: what it does when it starts is told then");
        return;
    }
    if (seat->log->silent && patience > HB_CONFIRM_SILENT) {
        patience = HB_CONFIRM_SILENT;
    }
    seat->ends_at = watch->started + patience;
}

void hb_watch_start(struct hb_watch *watch)
{
    struct hb_confirm *confirm = watch->confirm;
    watch->started = hb_clock_monotonic();
    watch->holds++;
    for (size_t i = 0; i < watch->count; i++) {
        begin(watch, &watch->seats[i]);
    }
    if (settled(watch)) {
        tell(watch);
    }
    let_go(watch);
    hb_confirm_rearm(confirm);
}

void hb_watch_start_late(struct hb_watch *watch)
{
    watch->started = hb_clock_monotonic();
    watch->done = true;
    watch->late_until = watch->started + HB_CONFIRM_LATE;
    for (size_t i = 0; i < watch->count; i++) {
        struct seat *seat = &watch->seats[i];
        const struct hb_deploy_server *was =
            hb_deploy_server(watch->deploy, seat->server->name);
        seat->state = was == NULL ? HB_SERVER_SILENT : was->state;
        if (was != NULL) {
            seat->seconds = was->seconds;
            hb_replace(&seat->message, was->message);
            hb_strings_copy(&seat->services, &was->services);
        }
    }
}

void hb_watch_hurry(struct hb_watch *watch)
{
    double now = hb_clock_monotonic();
    watch->hurried = true;
    for (size_t i = 0; i < watch->count; i++) {
        struct seat *seat = &watch->seats[i];
        if (seat->asked) {
            seat->ends_at = earliest(seat->ends_at, now + HB_CONFIRM_YIELD);
        }
    }
    hb_confirm_rearm(watch->confirm);
}

/* ---- the report ------------------------------------------------------- */

static void report_server(const struct hb_watch *watch, const struct seat *seat,
                          struct hb_deploy *deploy)
{
    struct hb_deploy_server *server =
        hb_deploy_add_server(deploy, seat->server->name);
    server->state = seat->state;
    server->seconds = seat->seconds;
    server->nudged = seat->nudged;
    server->message = hb_strdup(seat->message);
    if (seat->state == HB_SERVER_CONFIRMED) {
        hb_strings_copy(&server->services, &seat->services);
    }
    if (seat->state == HB_SERVER_FAILED && seat->has_error) {
        struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(deploy);
        diagnostic->path =
            hb_strdup(watch->deploy->document != NULL ? watch->deploy->document
                                                      : watch->deploy->module);
        diagnostic->line = seat->error.line;
        diagnostic->column = seat->error.column;
        diagnostic->message = hb_strdup(seat->error.message);
        diagnostic->server = hb_strdup(seat->server->name);
    }
}

static void warn_once(struct hb_deploy *deploy, const char *code,
                      const char *message)
{
    for (size_t i = 0; i < deploy->warning_count; i++) {
        if (strcmp(deploy->warnings[i].code, code) == 0 &&
            strcmp(deploy->warnings[i].message, message) == 0) {
            return;
        }
    }
    hb_deploy_add_warning(deploy, code, "%s", message);
}

static void warn(const struct hb_watch *watch, struct hb_deploy *deploy)
{
    for (size_t i = 0; i < watch->deploy->warning_count; i++) {
        warn_once(deploy, watch->deploy->warnings[i].code,
                  watch->deploy->warnings[i].message);
    }
    for (size_t i = 0; i < watch->count; i++) {
        const struct seat *seat = &watch->seats[i];
        char *text = NULL;
        if (seat->nudged) {
            text = hb_format("%s had said nothing for %.0f s: the file was "
                             "touched once more",
                             seat->server->name, HB_CONFIRM_NUDGE);
            warn_once(deploy, "nudged", text);
            free(text);
        }
        if (seat->server->workers == 0 && seat->server->found) {
            text = hb_format("%s: server.conf names no gunicorn_workers, so "
                             "it can never be confirmed: set it",
                             seat->server->name);
            warn_once(deploy, "no-workers", text);
            free(text);
        }
        if (seat->server->profile == HB_PROFILE_ZATO_2) {
            warn_once(deploy, "zato-2-untried",
                      "the rules for Zato 2.0 were read from its code, not "
                      "tried on a server");
        }
    }
}

void hb_watch_report(const struct hb_watch *watch, struct hb_deploy *deploy)
{
    struct hb_deploy *fresh = hb_deploy_new();
    for (size_t i = 0; i < watch->count; i++) {
        report_server(watch, &watch->seats[i], fresh);
    }
    struct hb_deploy_server *servers = deploy->servers;
    size_t server_count = deploy->server_count;
    struct hb_diagnostic *diagnostics = deploy->diagnostics;
    size_t diagnostic_count = deploy->diagnostic_count;
    deploy->servers = fresh->servers;
    deploy->server_count = fresh->server_count;
    deploy->diagnostics = fresh->diagnostics;
    deploy->diagnostic_count = fresh->diagnostic_count;
    fresh->servers = servers;
    fresh->server_count = server_count;
    fresh->diagnostics = diagnostics;
    fresh->diagnostic_count = diagnostic_count;
    hb_deploy_free(fresh);
    deploy->live = watch->count > 0 &&
                   count_in(watch, HB_SERVER_CONFIRMED) == watch->count;
    warn(watch, deploy);
}

/* ---- the end ---------------------------------------------------------- */

static void release(struct hb_watch *watch)
{
    if (watch->holds > 0) {
        return;
    }
    for (size_t i = 0; i < watch->count; i++) {
        hb_strings_release(&watch->seats[i].services);
        hb_traceback_release(&watch->seats[i].error);
        free(watch->seats[i].message);
    }
    free(watch->seats);
    free(watch->bytes);
    hb_deploy_free(watch->deploy);
    hb_target_free(watch->target);
    free(watch);
}

void hb_watch_free(struct hb_watch *watch)
{
    if (watch == NULL || watch->freed) {
        return;
    }
    struct hb_watch **at = &watch->confirm->watches;
    while (*at != watch) {
        at = &(*at)->next;
    }
    *at = watch->next;
    watch->confirm->changes++;
    /* A file that was never put there triggers nothing. */
    for (size_t i = 0; i < watch->count && watch->started <= 0; i++) {
        struct seat *seat = &watch->seats[i];
        if (seat->delivered && seat->topic->triggers > 0) {
            seat->topic->triggers--;
        }
    }
    watch->freed = true;
    release(watch);
}
