#include "confirm/watch.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

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

void hb_watch_let_go(struct hb_watch *watch)
{
    watch->holds--;
    if (watch->freed) {
        release(watch);
    }
}

/* ---- what the log says of the server ---------------------------------- */

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

/* ---- what the pipeline calls ------------------------------------------ */

static void take_seat(struct hb_watch *watch, size_t index,
                      const struct hb_watch_spec *spec)
{
    struct hb_seat *seat = &watch->seats[index];
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
    uint64_t reading;
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
        unsigned turn = hb_follower_turn(seat->log->follower, &reading);
        seat->topic->since_turn = reading == inode ? turn : 0;
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

static void add_mtime(struct hb_seat *seat, int64_t mtime)
{
    if (mtime != 0 && seat->mtime_count < HB_JUDGE_MTIMES) {
        seat->mtimes[seat->mtime_count++] = mtime;
    }
}

void hb_watch_delivered(struct hb_watch *watch, size_t server, int64_t mtime)
{
    struct hb_seat *seat = &watch->seats[server];
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
    struct hb_seat *seat = &watch->seats[server];
    if (seat->delivered && seat->topic->triggers > 0) {
        seat->topic->triggers--;
    }
    seat->delivered = false;
    seat->state = HB_SERVER_UNREACHABLE;
    hb_replace(&seat->message, why);
}

void hb_watch_nudged(struct hb_watch *watch, size_t server, int64_t mtime)
{
    struct hb_seat *seat = &watch->seats[server];
    seat->nudged = true;
    add_mtime(seat, mtime);
    if (seat->topic != NULL) {
        seat->topic->triggers++;
    }
}

static void begin(struct hb_watch *watch, struct hb_seat *seat)
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
    if (hb_watch_settled(watch)) {
        hb_watch_tell(watch);
    }
    hb_watch_let_go(watch);
    hb_confirm_rearm(confirm);
}

void hb_watch_start_late(struct hb_watch *watch)
{
    watch->started = hb_clock_monotonic();
    watch->done = true;
    watch->late_until = watch->started + HB_CONFIRM_LATE;
    for (size_t i = 0; i < watch->count; i++) {
        struct hb_seat *seat = &watch->seats[i];
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
        struct hb_seat *seat = &watch->seats[i];
        if (seat->asked) {
            seat->ends_at = hb_earliest(seat->ends_at, now + HB_CONFIRM_YIELD);
        }
    }
    hb_confirm_rearm(watch->confirm);
}

/* ---- the end ---------------------------------------------------------- */

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
        struct hb_seat *seat = &watch->seats[i];
        if (seat->delivered && seat->topic->triggers > 0) {
            seat->topic->triggers--;
        }
    }
    watch->freed = true;
    release(watch);
}
