#include "history/message.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "history/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---------------------------------------------------------- */

static void write_failed(struct hb_buffer *text, const struct hb_deploy *deploy)
{
    const char *between = "failed on ";
    if (deploy->message != NULL &&
        strncmp(deploy->message, "failed on ", strlen("failed on ")) == 0) {
        hb_buffer_print(text, "%s", deploy->message);
        return;
    }
    for (size_t i = 0; i < deploy->server_count; i++) {
        if (deploy->servers[i].state == HB_SERVER_FAILED) {
            hb_buffer_print(text, "%s%s", between, deploy->servers[i].name);
            between = ", ";
        }
    }
}

/* "crm.py: failed on server1: ZeroDivisionError…", cut at a code point. */
static void write_subject(struct hb_buffer *out, const struct hb_deploy *deploy,
                          const struct hb_message_extra *extra)
{
    struct hb_buffer text = {0};
    size_t confirmed = hb_deploy_count(deploy, HB_SERVER_CONFIRMED);
    hb_buffer_print(&text, "%s: ", deploy->module);
    if (extra->attempt) {
        hb_buffer_print(&text, "attempt");
    } else if (deploy->trigger == HB_TRIGGER_FOUND) {
        hb_buffer_print(&text, "found on the target");
    } else if (deploy->late) {
        hb_buffer_print(&text, "late: deployed on %zu of %zu", confirmed,
                        deploy->server_count);
    } else if (deploy->outcome == HB_OUTCOME_DEPLOYED) {
        hb_buffer_print(&text, "deployed on %zu of %zu", confirmed,
                        deploy->server_count);
    } else if (deploy->outcome == HB_OUTCOME_UNCONFIRMED) {
        hb_buffer_print(&text, "unconfirmed, %zu of %zu", confirmed,
                        deploy->server_count);
    } else if (deploy->outcome == HB_OUTCOME_FAILED) {
        write_failed(&text, deploy);
    } else if (deploy->outcome == HB_OUTCOME_REJECTED &&
               deploy->message != NULL) {
        hb_buffer_print(&text, "rejected: %s", deploy->message);
    } else {
        hb_buffer_print(&text, "%s", hb_outcome_word(deploy->outcome));
    }
    size_t len = strcspn(hb_buffer_text(&text), "\r\n");
    bool cut = len > HB_MESSAGE_SUBJECT;
    if (cut) {
        len = HB_MESSAGE_SUBJECT - strlen("…");
        while (len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    hb_escape_text(out, text.data, len);
    hb_buffer_print(out, "%s\n", cut ? "…" : "");
    hb_buffer_release(&text);
}

/* Indented, so that no line of somebody's text looks like a trailer. */
static void write_indented(struct hb_buffer *out, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        hb_buffer_print(out, "    ");
        hb_escape_text(out, text, len);
        hb_buffer_print(out, "\n");
        text += len + (text[len] == '\n');
    }
}

static void write_body(struct hb_buffer *out, const struct hb_deploy *deploy,
                       const struct hb_message_extra *extra)
{
    if (extra->where != NULL) {
        hb_buffer_print(out, "\n");
        hb_escape_text(out, extra->where, strlen(extra->where));
        hb_buffer_print(out, "\nheld a version that was not deployed from "
                             "here.\n");
    } else if (deploy->message != NULL && !extra->attempt) {
        hb_buffer_print(out, "\n");
        hb_escape_text(out, deploy->message, strlen(deploy->message));
        hb_buffer_print(out, "\n");
    }
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        const struct hb_diagnostic *diagnostic = &deploy->diagnostics[i];
        hb_buffer_print(out, "\n%s",
                        diagnostic->server == NULL ? "before delivery"
                                                   : diagnostic->server);
        if (diagnostic->line > 0) {
            hb_buffer_print(out, ", line %d", diagnostic->line);
        }
        hb_buffer_print(out, ":\n");
        write_indented(out,
                       diagnostic->message == NULL ? "" : diagnostic->message);
    }
}

static void trailer(struct hb_buffer *out, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        hb_buffer_print(out, "%s: ", name);
        hb_escape_text(out, value, strlen(value));
        hb_buffer_print(out, "\n");
    }
}

static void trailer_time(struct hb_buffer *out, const char *name, int64_t time)
{
    char text[HB_TIME_SIZE];
    if (time > 0) {
        hb_clock_format(time, text);
        trailer(out, name, text);
    }
}

static void number(struct hb_buffer *out, double seconds)
{
    if (seconds < 0) {
        hb_buffer_print(out, " -");
    } else {
        /* Not %f: a locale may write a comma. */
        long long micro = (long long)(seconds * 1e6 + 0.5);
        hb_buffer_print(out, " %lld.%06lld", micro / 1000000, micro % 1000000);
    }
}

static void write_servers(struct hb_buffer *out, const struct hb_deploy *deploy)
{
    for (size_t i = 0; i < deploy->server_count; i++) {
        const struct hb_deploy_server *server = &deploy->servers[i];
        hb_buffer_print(out, "Server: ");
        hb_escape_word(out, server->name);
        hb_buffer_print(out, " %s", hb_server_state_word(server->state));
        if (server->seconds >= 0) {
            long long milli = (long long)(server->seconds * 1e3 + 0.5);
            hb_buffer_print(out, " %lld.%03lld", milli / 1000, milli % 1000);
        }
        if (server->nudged) {
            hb_buffer_print(out, " nudged");
        }
        if (server->message != NULL) {
            hb_buffer_print(out, ": ");
            hb_escape_text(out, server->message, strlen(server->message));
        }
        hb_buffer_print(out, "\n");
        for (size_t k = 0; k < server->services.count; k++) {
            hb_buffer_print(out, "Service: ");
            hb_escape_word(out, server->name);
            hb_buffer_print(out, " ");
            hb_escape_text(out, server->services.items[k],
                           strlen(server->services.items[k]));
            hb_buffer_print(out, "\n");
        }
    }
}

static void write_remarks(struct hb_buffer *out, const struct hb_deploy *deploy)
{
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        const struct hb_diagnostic *diagnostic = &deploy->diagnostics[i];
        hb_buffer_print(out, "Diagnostic: %s %d %d ",
                        hb_severity_word(diagnostic->severity),
                        diagnostic->line, diagnostic->column);
        hb_escape_word(out,
                       diagnostic->server == NULL ? "" : diagnostic->server);
        hb_buffer_print(out, " ");
        hb_escape_word(out, diagnostic->path == NULL ? "" : diagnostic->path);
        hb_buffer_print(out, " ");
        const char *message =
            diagnostic->message == NULL ? "" : diagnostic->message;
        hb_escape_text(out, message, strlen(message));
        hb_buffer_print(out, "\n");
    }
    for (size_t i = 0; i < deploy->warning_count; i++) {
        hb_buffer_print(out, "Warning: ");
        hb_escape_word(out, deploy->warnings[i].code);
        hb_buffer_print(out, " ");
        hb_escape_text(out, deploy->warnings[i].message,
                       strlen(deploy->warnings[i].message));
        hb_buffer_print(out, "\n");
    }
}

char *hb_message_write(const struct hb_deploy *deploy,
                       const struct hb_message_extra *extra)
{
    struct hb_buffer out = {0};
    write_subject(&out, deploy, extra);
    write_body(&out, deploy, extra);
    hb_buffer_print(&out, "\n");
    trailer(&out, "Deploy-Id", deploy->id);
    trailer(&out, "Target", deploy->target);
    trailer(&out, "Module", deploy->module);
    trailer(&out, "Trigger",
            hb_trigger_word(deploy->late ? HB_TRIGGER_LATE : deploy->trigger));
    if (deploy->late) {
        trailer(&out, "First-Trigger", hb_trigger_word(deploy->trigger));
    }
    trailer(&out, "Outcome", hb_outcome_word(deploy->outcome));
    trailer(&out, "Message", deploy->message);
    trailer(&out, "Blob", deploy->blob);
    if (!extra->attempt) {
        write_servers(&out, deploy);
    }
    write_remarks(&out, deploy);
    trailer(&out, "Client", deploy->client);
    trailer(&out, "Document", deploy->document);
    trailer(&out, "Source-Commit", deploy->vcs_commit);
    trailer(&out, "Source-Branch", deploy->vcs_branch);
    if (deploy->vcs_dirty != HB_UNSAID) {
        trailer(&out, "Source-Dirty",
                deploy->vcs_dirty == HB_YES ? "true" : "false");
    }
    trailer(&out, "Found-In", extra->where);
    for (size_t i = 0; i < extra->mark_count; i++) {
        hb_buffer_print(&out, "Log: ");
        hb_escape_word(&out, extra->marks[i].server);
        hb_buffer_print(&out, " %llu %llu\n",
                        (unsigned long long)extra->marks[i].inode,
                        (unsigned long long)extra->marks[i].offset);
    }
    if (deploy->recorded >= 0) {
        hb_buffer_print(&out, "Timings:");
        number(&out, deploy->recorded);
        number(&out, deploy->delivered);
        number(&out, deploy->confirmed);
        hb_buffer_print(&out, "\n");
    }
    trailer_time(&out, "Started", deploy->started);
    trailer_time(&out, "Finished", deploy->finished);
    if (deploy->order > 0) {
        hb_buffer_print(&out, "Order: %lld\n", (long long)deploy->order);
    }
    trailer(&out, "Attempt", deploy->attempt);
    trailer(&out, "Found", deploy->found);
    trailer(&out, "Previous-Deploy", deploy->previous);
    return hb_buffer_take(&out);
}
