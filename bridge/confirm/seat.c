#include "confirm/watch.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Services whose module is remembered. */
#define SERVICES_MAX 10000

/* ---- states ----------------------------------------------------------- */

bool hb_watch_settled(const struct hb_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->seats[i].state == HB_SERVER_WAITING) {
            return false;
        }
    }
    return true;
}

size_t hb_watch_count(const struct hb_watch *watch, enum hb_server_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < watch->count; i++) {
        count += watch->seats[i].state == state;
    }
    return count;
}

void hb_watch_tell(struct hb_watch *watch)
{
    if (watch->started <= 0 || watch->freed) {
        return;
    }
    if (watch->done) {
        watch->ops->late(watch->user, watch);
        return;
    }
    if (!hb_watch_settled(watch)) {
        watch->ops->changed(watch->user, watch);
        return;
    }
    enum hb_outcome outcome = HB_OUTCOME_UNCONFIRMED;
    if (hb_watch_count(watch, HB_SERVER_FAILED) > 0) {
        outcome = HB_OUTCOME_FAILED;
    } else if (hb_watch_count(watch, HB_SERVER_CONFIRMED) == watch->count &&
               watch->count > 0) {
        outcome = HB_OUTCOME_DEPLOYED;
    }
    watch->done = true;
    watch->late_until = hb_clock_monotonic() + HB_CONFIRM_LATE;
    watch->ops->done(watch->user, watch, outcome);
}

void hb_seat_set(struct hb_watch *watch, struct hb_seat *seat,
                 enum hb_server_state state, char *message)
{
    free(seat->message);
    seat->message = message;
    if (seat->state != state) {
        seat->state = state;
        hb_watch_tell(watch);
    }
}

char *hb_seat_silence(const struct hb_watch *watch, const struct hb_seat *seat)
{
    if (seat->log != NULL && seat->log->deaf) {
        return hb_strdup("its log says that its file observer could not be "
                         "started: start the server with "
                         "ZATO_HOT_DEPLOY_PREFER_SNAPSHOTS=1");
    }
    size_t good = hb_seat_good(seat);
    if (seat->server->workers == 0 && good > 0) {
        return hb_strdup("not all of its processes can be known to have "
                         "answered: set gunicorn_workers in its server.conf");
    }
    if (good > 0) {
        return hb_format("%zu of its %d processes have answered", good,
                         seat->server->workers);
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

static void remember_services(struct hb_watch *watch, struct hb_seat *seat)
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

/* What the answer's process has said; NULL when it has said more since, or
 * when there are too many of them. */
static struct hb_heard *heard_of(struct hb_seat *seat,
                                 const struct hb_answer *answer)
{
    struct hb_heard *heard = NULL;
    for (size_t i = 0; i < seat->heard_count && heard == NULL; i++) {
        if (strcmp(seat->heard[i].process, answer->process) == 0) {
            heard = &seat->heard[i];
        }
    }
    if (heard == NULL) {
        if (seat->heard_count == HB_LOG_PROCESSES) {
            return NULL;
        }
        heard = &seat->heard[seat->heard_count++];
        *heard = (struct hb_heard){0};
        snprintf(heard->process, sizeof heard->process, "%s", answer->process);
    }
    if (answer->number < heard->number) {
        return NULL;
    }
    heard->number = answer->number;
    return heard;
}

size_t hb_seat_good(const struct hb_seat *seat)
{
    size_t count = 0;
    for (size_t i = 0; i < seat->heard_count; i++) {
        count += seat->heard[i].good;
    }
    return count;
}

void hb_seat_confirm_when_complete(struct hb_watch *watch, struct hb_seat *seat,
                                   double now)
{
    size_t sure = 0;
    for (size_t i = 0; i < seat->heard_count; i++) {
        sure += seat->heard[i].good && seat->heard[i].settles <= now;
    }
    if (seat->server->workers > 0 && sure >= (size_t)seat->server->workers &&
        seat->state != HB_SERVER_CONFIRMED) {
        remember_services(watch, seat);
        hb_seat_set(watch, seat, HB_SERVER_CONFIRMED, NULL);
    }
}

void hb_seat_take_good(struct hb_watch *watch, struct hb_seat *seat,
                       const struct hb_answer *answer, double doubt)
{
    double now = hb_clock_monotonic();
    struct hb_heard *heard = heard_of(seat, answer);
    if (heard == NULL) {
        return;
    }
    heard->good = true;
    heard->settles = doubt > 0 ? now + doubt : 0;
    for (size_t i = 0; i < answer->names->count; i++) {
        if (!hb_strings_has(&seat->services, answer->names->items[i])) {
            hb_strings_add(&seat->services, answer->names->items[i]);
        }
    }
    if (doubt > 0 && seat->topic != NULL) {
        hb_topic_resync(seat->topic, answer->process, seat->first);
    }
    seat->seconds = now - watch->started;
    seat->has_error = false;
    seat->mended = true;
    hb_traceback_release(&seat->error);
    hb_seat_confirm_when_complete(watch, seat, now);
}

bool hb_seat_doubt_bad(struct hb_seat *seat, const struct hb_answer *answer)
{
    struct hb_heard *heard = heard_of(seat, answer);
    if (heard == NULL) {
        return false;
    }
    heard->good = false;
    return true;
}

void hb_seat_contradict(struct hb_seat *seat, const struct hb_answer *answer)
{
    struct hb_heard *heard = heard_of(seat, answer);
    if (heard != NULL && heard->settles >= hb_clock_monotonic()) {
        heard->good = false;
    }
}

void hb_seat_take_bad(struct hb_watch *watch, struct hb_seat *seat,
                      const struct hb_answer *answer)
{
    char *message;
    if (!hb_seat_doubt_bad(seat, answer)) {
        return;
    }
    seat->mended = false;
    seat->seconds = hb_clock_monotonic() - watch->started;
    hb_traceback_release(&seat->error);
    seat->has_error =
        answer->error != NULL &&
        hb_traceback_read(answer->error, answer->error_len,
                          watch->deploy->module, answer->path, &seat->error);
    if (seat->has_error) {
        message = hb_strdup(seat->error.message);
    } else if (answer->error != NULL) {
        message = hb_strdup("it could not load the module");
    } else {
        message = hb_strdup("loaded, holds no services");
    }
    hb_seat_set(watch, seat, HB_SERVER_FAILED, message);
}
