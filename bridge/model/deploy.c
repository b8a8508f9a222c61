#include "model/deploy.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const trigger_words[HB_TRIGGER_COUNT] = {
    [HB_TRIGGER_SAVE] = "save",         [HB_TRIGGER_MANUAL] = "manual",
    [HB_TRIGGER_CLI] = "cli",           [HB_TRIGGER_WEB] = "web",
    [HB_TRIGGER_ROLLBACK] = "rollback", [HB_TRIGGER_FOUND] = "found",
    [HB_TRIGGER_LATE] = "late",
};

static const char *const state_words[HB_STATE_COUNT] = {
    [HB_STATE_ACCEPTED] = "accepted", [HB_STATE_RECORDED] = "recorded",
    [HB_STATE_QUEUED] = "queued",     [HB_STATE_DELIVERED] = "delivered",
    [HB_STATE_DONE] = "done",
};

static const char *const outcome_words[HB_OUTCOME_COUNT] = {
    [HB_OUTCOME_NONE] = "",
    [HB_OUTCOME_DEPLOYED] = "deployed",
    [HB_OUTCOME_FAILED] = "failed",
    [HB_OUTCOME_UNCONFIRMED] = "unconfirmed",
    [HB_OUTCOME_CONFLICT] = "conflict",
    [HB_OUTCOME_REJECTED] = "rejected",
    [HB_OUTCOME_UNREACHABLE] = "unreachable",
    [HB_OUTCOME_CANCELLED] = "cancelled",
    [HB_OUTCOME_SUPERSEDED] = "superseded",
};

static const char *const server_words[HB_SERVER_STATE_COUNT] = {
    [HB_SERVER_WAITING] = "waiting", [HB_SERVER_CONFIRMED] = "confirmed",
    [HB_SERVER_FAILED] = "failed",   [HB_SERVER_SILENT] = "silent",
    [HB_SERVER_STOPPED] = "stopped", [HB_SERVER_UNREACHABLE] = "unreachable",
};

static const char *const severity_words[HB_SEVERITY_COUNT] = {
    [HB_SEVERITY_ERROR] = "error",
    [HB_SEVERITY_WARNING] = "warning",
};

const char *hb_trigger_word(enum hb_trigger trigger)
{
    return trigger_words[trigger];
}

const char *hb_state_word(enum hb_state state)
{
    return state_words[state];
}

const char *hb_outcome_word(enum hb_outcome outcome)
{
    return outcome_words[outcome];
}

const char *hb_server_state_word(enum hb_server_state state)
{
    return server_words[state];
}

const char *hb_severity_word(enum hb_severity severity)
{
    return severity_words[severity];
}

/* The index of word in words, or -1. */
static int find(const char *const words[], int count, const char *word)
{
    for (int i = 0; i < count; i++) {
        if (words[i][0] != '\0' && strcmp(words[i], word) == 0) {
            return i;
        }
    }
    return -1;
}

bool hb_trigger_parse(const char *word, enum hb_trigger *trigger)
{
    int found = find(trigger_words, HB_TRIGGER_COUNT, word);
    *trigger = found < 0 ? *trigger : (enum hb_trigger)found;
    return found >= 0;
}

bool hb_state_parse(const char *word, enum hb_state *state)
{
    int found = find(state_words, HB_STATE_COUNT, word);
    *state = found < 0 ? *state : (enum hb_state)found;
    return found >= 0;
}

bool hb_outcome_parse(const char *word, enum hb_outcome *outcome)
{
    int found = find(outcome_words, HB_OUTCOME_COUNT, word);
    *outcome = found < 0 ? *outcome : (enum hb_outcome)found;
    return found >= 0;
}

bool hb_server_state_parse(const char *word, enum hb_server_state *state)
{
    int found = find(server_words, HB_SERVER_STATE_COUNT, word);
    *state = found < 0 ? *state : (enum hb_server_state)found;
    return found >= 0;
}

bool hb_severity_parse(const char *word, enum hb_severity *severity)
{
    int found = find(severity_words, HB_SEVERITY_COUNT, word);
    *severity = found < 0 ? *severity : (enum hb_severity)found;
    return found >= 0;
}

int hb_outcome_exit(enum hb_outcome outcome)
{
    switch (outcome) {
    case HB_OUTCOME_DEPLOYED: return 0;
    case HB_OUTCOME_FAILED: return 1;
    case HB_OUTCOME_UNCONFIRMED: return 3;
    case HB_OUTCOME_CONFLICT: return 4;
    case HB_OUTCOME_REJECTED: return 5;
    case HB_OUTCOME_UNREACHABLE: return 6;
    case HB_OUTCOME_CANCELLED:
    case HB_OUTCOME_SUPERSEDED: return 7;
    default: return 0;
    }
}

bool hb_outcome_was_delivered(enum hb_outcome outcome)
{
    return outcome == HB_OUTCOME_DEPLOYED || outcome == HB_OUTCOME_FAILED ||
           outcome == HB_OUTCOME_UNCONFIRMED;
}

int64_t hb_deploy_order(const struct hb_deploy *deploy)
{
    return deploy->order > 0 ? deploy->order : deploy->started;
}

struct hb_deploy *hb_deploy_new(void)
{
    struct hb_deploy *deploy = hb_alloc(sizeof *deploy);
    deploy->recorded = -1;
    deploy->delivered = -1;
    deploy->confirmed = -1;
    return deploy;
}

struct hb_deploy *hb_deploy_copy(const struct hb_deploy *from)
{
    struct hb_deploy *to = hb_alloc(sizeof *to);
    *to = *from;
    to->target = hb_strdup(from->target);
    to->module = hb_strdup(from->module);
    to->message = hb_strdup(from->message);
    to->document = hb_strdup(from->document);
    to->client = hb_strdup(from->client);
    to->vcs_commit = hb_strdup(from->vcs_commit);
    to->vcs_branch = hb_strdup(from->vcs_branch);
    to->servers = NULL;
    to->server_count = 0;
    for (size_t i = 0; i < from->server_count; i++) {
        const struct hb_deploy_server *old = &from->servers[i];
        struct hb_deploy_server *server = hb_deploy_add_server(to, old->name);
        char *name = server->name;
        *server = *old;
        server->name = name;
        server->message = hb_strdup(old->message);
        hb_strings_copy(&server->services, &old->services);
    }
    to->diagnostics = NULL;
    to->diagnostic_count = 0;
    for (size_t i = 0; i < from->diagnostic_count; i++) {
        const struct hb_diagnostic *old = &from->diagnostics[i];
        struct hb_diagnostic *diagnostic = hb_deploy_add_diagnostic(to);
        *diagnostic = *old;
        diagnostic->path = hb_strdup(old->path);
        diagnostic->message = hb_strdup(old->message);
        diagnostic->server = hb_strdup(old->server);
    }
    to->warnings = NULL;
    to->warning_count = 0;
    for (size_t i = 0; i < from->warning_count; i++) {
        hb_deploy_add_warning(to, from->warnings[i].code, "%s",
                              from->warnings[i].message);
    }
    return to;
}

void hb_deploy_drop_servers(struct hb_deploy *deploy)
{
    for (size_t i = 0; i < deploy->server_count; i++) {
        free(deploy->servers[i].name);
        free(deploy->servers[i].message);
        hb_strings_release(&deploy->servers[i].services);
    }
    free(deploy->servers);
    deploy->servers = NULL;
    deploy->server_count = 0;
}

void hb_deploy_free(struct hb_deploy *deploy)
{
    if (deploy == NULL) {
        return;
    }
    hb_deploy_drop_servers(deploy);
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        free(deploy->diagnostics[i].path);
        free(deploy->diagnostics[i].message);
        free(deploy->diagnostics[i].server);
    }
    for (size_t i = 0; i < deploy->warning_count; i++) {
        free(deploy->warnings[i].code);
        free(deploy->warnings[i].message);
    }
    free(deploy->diagnostics);
    free(deploy->warnings);
    free(deploy->target);
    free(deploy->module);
    free(deploy->message);
    free(deploy->document);
    free(deploy->client);
    free(deploy->vcs_commit);
    free(deploy->vcs_branch);
    free(deploy);
}

struct hb_deploy_server *hb_deploy_add_server(struct hb_deploy *deploy,
                                              const char *name)
{
    deploy->servers = hb_realloc_array(
        deploy->servers, deploy->server_count + 1, sizeof *deploy->servers);
    struct hb_deploy_server *server = &deploy->servers[deploy->server_count++];
    *server = (struct hb_deploy_server){.seconds = -1};
    server->name = hb_strdup(name);
    return server;
}

struct hb_diagnostic *hb_deploy_add_diagnostic(struct hb_deploy *deploy)
{
    deploy->diagnostics =
        hb_realloc_array(deploy->diagnostics, deploy->diagnostic_count + 1,
                         sizeof *deploy->diagnostics);
    struct hb_diagnostic *diagnostic =
        &deploy->diagnostics[deploy->diagnostic_count++];
    *diagnostic = (struct hb_diagnostic){0};
    return diagnostic;
}

void hb_deploy_add_warning(struct hb_deploy *deploy, const char *code,
                           const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *message = hb_vformat(format, args);
    va_end(args);
    deploy->warnings = hb_realloc_array(
        deploy->warnings, deploy->warning_count + 1, sizeof *deploy->warnings);
    deploy->warnings[deploy->warning_count++] =
        (struct hb_warning){.code = hb_strdup(code), .message = message};
}

struct hb_deploy_server *hb_deploy_server(struct hb_deploy *deploy,
                                          const char *name)
{
    for (size_t i = 0; i < deploy->server_count; i++) {
        if (strcmp(deploy->servers[i].name, name) == 0) {
            return &deploy->servers[i];
        }
    }
    return NULL;
}

size_t hb_deploy_count(const struct hb_deploy *deploy,
                       enum hb_server_state state)
{
    size_t count = 0;
    for (size_t i = 0; i < deploy->server_count; i++) {
        count += deploy->servers[i].state == state;
    }
    return count;
}
