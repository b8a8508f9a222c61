#include "confirm/confirm.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "confirm/log.h"
#include "confirm/trail.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "confirm"
#include "base/log.h"

bool hb_confirm_mark(const char *log, uint64_t *inode, uint64_t *offset)
{
    return hb_trail_end(log, inode, offset);
}

/* ---- the one timer ---------------------------------------------------- */

static void on_timer(uv_timer_t *timer)
{
    struct hb_confirm *confirm = timer->data;
    double now = hb_clock_monotonic();
    for (struct hb_log *log = confirm->logs; log != NULL; log = log->next) {
        for (struct hb_topic *topic = log->topics; topic != NULL;
             topic = topic->next) {
            hb_topic_tick(topic, now);
        }
    }
    hb_confirm_rearm(confirm);
}

/* When the next group of lines closes; polls the logs that are waited for. */
static double next_of_logs(struct hb_confirm *confirm)
{
    double next = HB_NEVER;
    for (struct hb_log *log = confirm->logs; log != NULL; log = log->next) {
        bool waits = hb_watch_waits(confirm, log);
        hb_follower_poll(log->follower, waits);
        for (struct hb_topic *topic = log->topics; topic != NULL;
             topic = topic->next) {
            for (struct hb_group *group = topic->groups; group != NULL;
                 group = group->next) {
                next = group->closes < next ? group->closes : next;
            }
        }
    }
    return next;
}

/* The next moment at which something is due; the watches act on theirs, and
 * whoever is told may begin new ones. */
void hb_confirm_rearm(struct hb_confirm *confirm)
{
    if (confirm->freed) {
        return;
    }
    double now = hb_clock_monotonic();
    double due = hb_watch_tick(confirm, now);
    if (confirm->freed) {
        return;
    }
    double next = next_of_logs(confirm);
    next = due < next ? due : next;
    if (next >= HB_NEVER) {
        uv_timer_stop(&confirm->timer);
    } else {
        double wait = next > now ? (next - now) * 1000 : 0;
        uv_timer_start(&confirm->timer, on_timer, (uint64_t)wait + 1, 0);
    }
}

/* ---- logs ------------------------------------------------------------- */

/* Does the line stand before the place from which on the topic listens? When
 * the file is cut, what comes then stands after it. */
static bool is_before(const struct hb_log *log, struct hb_topic *topic)
{
    if (log->line_inode != topic->since_inode) {
        return false;
    }
    if (topic->since_turn == 0) {
        topic->since_turn = log->line_turn;
    }
    return log->line_turn == topic->since_turn &&
           log->line_offset < topic->since_offset;
}

static void on_event(void *user, const struct hb_log_event *event)
{
    struct hb_log *log = user;
    switch (event->word) {
    case HB_WORD_STARTING:
        log->deaf = false;
        for (struct hb_topic *topic = log->topics; topic != NULL;
             topic = topic->next) {
            hb_topic_restart(topic);
        }
        hb_watch_started(log);
        return;
    case HB_WORD_DEAF:
        log->deaf = true;
        hb_watch_noticed(log);
        return;
    case HB_WORD_STARTED:
    case HB_WORD_STOPPED: return;
    default: break;
    }
    log->silent = false;
    for (struct hb_topic *topic = log->topics; topic != NULL;
         topic = topic->next) {
        if (strcmp(topic->module, event->module) == 0 &&
            !is_before(log, topic)) {
            hb_topic_take(topic, event);
        }
    }
}

static void on_line(void *user, const struct hb_follow_line *line)
{
    struct hb_log *log = user;
    if (line->turn != log->line_turn) {
        hb_matcher_reset(log->matcher); /* no record goes on elsewhere */
    }
    log->line_inode = line->inode;
    log->line_offset = line->offset;
    log->line_turn = line->turn;
    log->line_written = line->written;
    hb_matcher_line(log->matcher, line->text, line->len, on_event, log);
}

static void on_gap(void *user)
{
    struct hb_log *log = user;
    LOG_WARN("%s: a part of the log was rotated away before it was read",
             log->server->log);
    hb_matcher_reset(log->matcher);
    log->gap = true;
    hb_watch_noticed(log);
}

static void on_drained(void *user)
{
    struct hb_log *log = user;
    hb_confirm_rearm(log->confirm);
}

struct hb_log *hb_log_of(struct hb_confirm *confirm,
                         const struct hb_server *server)
{
    static const struct hb_follow_ops ops = {
        .line = on_line, .gap = on_gap, .drained = on_drained};
    for (struct hb_log *log = confirm->logs; log != NULL; log = log->next) {
        if (strcmp(log->server->log, server->log) == 0 &&
            log->server->profile == server->profile) {
            return log;
        }
    }
    struct hb_log *log = hb_alloc(sizeof *log);
    struct hb_target *from = hb_target_new("");
    struct hb_server *copy =
        hb_target_add_server(from, server->name, server->path);
    copy->profile = server->profile;
    copy->log = hb_strdup(server->log);
    copy->copies = hb_strdup(server->copies);
    copy->pickup = hb_strdup(server->pickup);
    log->holder = from;
    log->server = copy;
    log->confirm = confirm;
    log->matcher = hb_matcher_new(server);
    char *real = realpath(server->path, NULL);
    hb_matcher_resolved(log->matcher, real);
    free(real);
    log->follower = hb_follower_new(confirm->loop, server->log, &ops, log);
    log->next = confirm->logs;
    confirm->logs = log;
    return log;
}

struct hb_topic *hb_topic_of(struct hb_log *log, const char *target,
                             const char *module, bool make)
{
    struct hb_topic *topic = log->topics;
    while (topic != NULL && (strcmp(topic->module, module) != 0 ||
                             strcmp(topic->target, target) != 0)) {
        topic = topic->next;
    }
    if (topic == NULL && make) {
        topic = hb_alloc(sizeof *topic);
        topic->log = log;
        topic->target = hb_strdup(target);
        topic->module = hb_strdup(module);
        topic->next = log->topics;
        log->topics = topic;
    }
    return topic;
}

double hb_confirm_last_word(const struct hb_confirm *confirm,
                            const char *target, const char *module)
{
    double last = 0;
    for (struct hb_log *log = confirm->logs; log != NULL; log = log->next) {
        const struct hb_topic *topic = hb_topic_of(log, target, module, false);
        if (topic != NULL && topic->last_word > last) {
            last = topic->last_word;
        }
    }
    return last;
}

void hb_confirm_foreign(struct hb_confirm *confirm, const char *target,
                        const char *server, const char *module)
{
    for (struct hb_log *log = confirm->logs; log != NULL; log = log->next) {
        struct hb_topic *topic = hb_topic_of(log, target, module, false);
        if (topic != NULL && strcmp(log->server->name, server) == 0) {
            topic->triggers++;
        }
    }
}

/* ---- the beginning and the end ---------------------------------------- */

struct hb_confirm *hb_confirm_new(uv_loop_t *loop)
{
    struct hb_confirm *confirm = hb_alloc(sizeof *confirm);
    confirm->loop = loop;
    uv_timer_init(loop, &confirm->timer);
    confirm->timer.data = confirm;
    return confirm;
}

void hb_confirm_settle(struct hb_confirm *confirm)
{
    if (confirm->freed && confirm->timer_closed && confirm->jobs == 0) {
        hb_strings_release(&confirm->service_names);
        hb_strings_release(&confirm->service_modules);
        free(confirm);
    }
}

static void on_closed(uv_handle_t *handle)
{
    struct hb_confirm *confirm = handle->data;
    confirm->timer_closed = true;
    hb_confirm_settle(confirm);
}

void hb_confirm_free(struct hb_confirm *confirm)
{
    if (confirm == NULL) {
        return;
    }
    while (confirm->watches != NULL) {
        hb_watch_free(confirm->watches);
    }
    confirm->freed = true;
    while (confirm->logs != NULL) {
        struct hb_log *log = confirm->logs;
        confirm->logs = log->next;
        while (log->topics != NULL) {
            struct hb_topic *topic = log->topics;
            log->topics = topic->next;
            hb_topic_free(topic);
        }
        hb_follower_free(log->follower);
        hb_matcher_free(log->matcher);
        hb_target_free(log->holder);
        free(log);
    }
    uv_close((uv_handle_t *)&confirm->timer, on_closed);
}
