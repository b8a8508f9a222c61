#include "wire/encode_value.h"

#include "wire/encode.h"

static void open_list(struct hb_writer *writer, const char *name)
{
    hb_writer_key(writer, name);
    hb_writer_open(writer, '[');
}

/* A member that is there only when it is true. */
static void put_true(struct hb_writer *writer, const char *name, bool value)
{
    if (value) {
        hb_writer_put_flag(writer, name, true);
    }
}

static void put_always(struct hb_writer *writer, const char *name,
                       const char *text)
{
    hb_writer_key(writer, name);
    hb_writer_text(writer, text);
}

static void put_servers(struct hb_writer *writer,
                        const struct hb_deploy *deploy)
{
    open_list(writer, "servers");
    for (size_t i = 0; i < deploy->server_count; i++) {
        const struct hb_deploy_server *server = &deploy->servers[i];
        hb_writer_open(writer, '{');
        put_always(writer, "name", server->name);
        put_always(writer, "state", hb_server_state_word(server->state));
        hb_writer_put_strings(writer, "services", &server->services);
        hb_writer_put_seconds(writer, "seconds", server->seconds);
        put_true(writer, "delivered", server->delivered);
        put_true(writer, "nudged", server->nudged);
        hb_writer_put_text(writer, "message", server->message);
        hb_writer_close(writer, '}');
    }
    hb_writer_close(writer, ']');
}

static void put_diagnostics(struct hb_writer *writer,
                            const struct hb_deploy *deploy)
{
    open_list(writer, "diagnostics");
    for (size_t i = 0; i < deploy->diagnostic_count; i++) {
        const struct hb_diagnostic *diagnostic = &deploy->diagnostics[i];
        hb_writer_open(writer, '{');
        put_always(writer, "path", diagnostic->path);
        if (diagnostic->line > 0) {
            hb_writer_put_integer(writer, "line", diagnostic->line);
        }
        if (diagnostic->column > 0) {
            hb_writer_put_integer(writer, "column", diagnostic->column);
        }
        put_always(writer, "severity", hb_severity_word(diagnostic->severity));
        put_always(writer, "message", diagnostic->message);
        hb_writer_put_text(writer, "server", diagnostic->server);
        hb_writer_close(writer, '}');
    }
    hb_writer_close(writer, ']');
}

static void put_warnings(struct hb_writer *writer,
                         const struct hb_deploy *deploy)
{
    open_list(writer, "warnings");
    for (size_t i = 0; i < deploy->warning_count; i++) {
        hb_writer_open(writer, '{');
        put_always(writer, "code", deploy->warnings[i].code);
        put_always(writer, "message", deploy->warnings[i].message);
        hb_writer_close(writer, '}');
    }
    hb_writer_close(writer, ']');
}

static void put_timings(struct hb_writer *writer,
                        const struct hb_deploy *deploy)
{
    hb_writer_key(writer, "timings");
    hb_writer_open(writer, '{');
    hb_writer_put_seconds(writer, "recorded", deploy->recorded);
    hb_writer_put_seconds(writer, "delivered", deploy->delivered);
    hb_writer_put_seconds(writer, "confirmed", deploy->confirmed);
    hb_writer_close(writer, '}');
}

static bool is_said(const char *text)
{
    return text != NULL && text[0] != '\0';
}

/* What the client said about the module. */
static void put_origin(struct hb_writer *writer, const struct hb_deploy *deploy)
{
    if (is_said(deploy->document)) {
        hb_writer_key(writer, "document");
        hb_writer_open(writer, '{');
        put_always(writer, "path", deploy->document);
        hb_writer_close(writer, '}');
    }
    if (is_said(deploy->vcs_commit) || is_said(deploy->vcs_branch) ||
        deploy->vcs_dirty != HB_UNSAID) {
        hb_writer_key(writer, "vcs");
        hb_writer_open(writer, '{');
        hb_writer_put_text(writer, "commit", deploy->vcs_commit);
        hb_writer_put_text(writer, "branch", deploy->vcs_branch);
        if (deploy->vcs_dirty != HB_UNSAID) {
            hb_writer_put_flag(writer, "dirty", deploy->vcs_dirty == HB_YES);
        }
        hb_writer_close(writer, '}');
    }
    hb_writer_put_text(writer, "client", deploy->client);
}

static void write_deploy(struct hb_writer *writer,
                         const struct hb_deploy *deploy)
{
    hb_writer_open(writer, '{');
    hb_writer_put_text(writer, "id", deploy->id);
    put_always(writer, "target", deploy->target);
    put_always(writer, "module", deploy->module);
    put_always(writer, "trigger", hb_trigger_word(deploy->trigger));
    put_always(writer, "state", hb_state_word(deploy->state));
    hb_writer_put_text(writer, "outcome", hb_outcome_word(deploy->outcome));
    put_true(writer, "late", deploy->late);
    put_true(writer, "live", deploy->live);
    hb_writer_put_text(writer, "message", deploy->message);
    hb_writer_put_text(writer, "attempt", deploy->attempt);
    hb_writer_put_text(writer, "commit", deploy->commit);
    hb_writer_put_text(writer, "blob", deploy->blob);
    hb_writer_put_text(writer, "found", deploy->found);
    hb_writer_put_text(writer, "previous", deploy->previous);
    put_servers(writer, deploy);
    put_diagnostics(writer, deploy);
    put_warnings(writer, deploy);
    put_timings(writer, deploy);
    hb_writer_put_time(writer, "started", deploy->started);
    hb_writer_put_time(writer, "finished", deploy->finished);
    put_origin(writer, deploy);
    hb_writer_close(writer, '}');
}

char *hb_encode_deploy(const struct hb_deploy *deploy)
{
    struct hb_writer writer = {0};
    write_deploy(&writer, deploy);
    return hb_writer_take(&writer);
}

char *hb_encode_list(struct hb_deploy *const *deploys, size_t count,
                     const char *next)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    open_list(&writer, "deploys");
    for (size_t i = 0; i < count; i++) {
        write_deploy(&writer, deploys[i]);
    }
    hb_writer_close(&writer, ']');
    hb_writer_put_text(&writer, "next", next);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}
