#include "confirm/watch.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static void report_server(const struct hb_watch *watch,
                          const struct hb_seat *seat, struct hb_deploy *deploy)
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
        const struct hb_seat *seat = &watch->seats[i];
        char *text = NULL;
        if (seat->nudged) {
            text = seat->stale > 0
                       ? hb_format("%s ran bytecode of an older version: the "
                                   "file was touched once more",
                                   seat->server->name)
                       : hb_format("%s had said nothing for %.0f s: the file "
                                   "was touched once more",
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
        if (seat->server->unruled != NULL) {
            text = hb_format("%s: what it says cannot be judged: %s",
                             seat->server->name, seat->server->unruled);
            warn_once(deploy, "no-rules", text);
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
                   hb_watch_count(watch, HB_SERVER_CONFIRMED) == watch->count;
    warn(watch, deploy);
}
