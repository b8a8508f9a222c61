#include "report/words.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

/* How much of an exception's text fits a sentence, in bytes. */
#define REASON_MAX 200

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* The first line of what a failed server said. */
static void add_reason(struct hb_buffer *text, const char *reason)
{
    size_t len = strcspn(reason, "\r\n");
    bool cut = len > REASON_MAX;
    if (cut) {
        len = REASON_MAX;
        while (len > 0 && ((unsigned char)reason[len] & 0xC0) == 0x80) {
            len--;
        }
    }
    hb_buffer_print(text, ": %.*s%s", (int)len, reason, cut ? "…" : "");
}

/* "server1, server2" of those in that state. */
static void add_names(struct hb_buffer *text, const struct hb_deploy *deploy,
                      enum hb_server_state state)
{
    const char *between = "";
    for (size_t i = 0; i < deploy->server_count; i++) {
        if (deploy->servers[i].state == state) {
            hb_buffer_print(text, "%s%s", between, deploy->servers[i].name);
            between = ", ";
        }
    }
}

static void say_failed(struct hb_buffer *text, const struct hb_deploy *deploy)
{
    hb_buffer_print(text, "failed on ");
    add_names(text, deploy, HB_SERVER_FAILED);
    for (size_t i = 0; i < deploy->server_count; i++) {
        const struct hb_deploy_server *server = &deploy->servers[i];
        if (server->state == HB_SERVER_FAILED && server->message != NULL) {
            add_reason(text, server->message);
            return;
        }
    }
}

static void say_unconfirmed(struct hb_buffer *text,
                            const struct hb_deploy *deploy)
{
    static const struct {
        enum hb_server_state state;
        const char *one;
        const char *many;
    } parts[] = {
        {HB_SERVER_STOPPED, "is stopped", "are stopped"},
        {HB_SERVER_SILENT, "is silent", "are silent"},
        {HB_SERVER_WAITING, "has not answered", "have not answered"},
        {HB_SERVER_UNREACHABLE, "is unreachable", "are unreachable"},
    };
    hb_buffer_print(text, "delivered, but confirmed by %zu of %zu server%s",
                    hb_deploy_count(deploy, HB_SERVER_CONFIRMED),
                    deploy->server_count, plural(deploy->server_count));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        size_t count = hb_deploy_count(deploy, parts[i].state);
        if (count > 0) {
            hb_buffer_print(text, "; ");
            add_names(text, deploy, parts[i].state);
            hb_buffer_print(text, " %s",
                            count == 1 ? parts[i].one : parts[i].many);
        }
    }
}

void hb_words_outcome(struct hb_deploy *deploy)
{
    struct hb_buffer text = {0};
    switch (deploy->outcome) {
    case HB_OUTCOME_DEPLOYED:
        hb_buffer_print(&text, "deployed on %zu of %zu server%s",
                        hb_deploy_count(deploy, HB_SERVER_CONFIRMED),
                        deploy->server_count, plural(deploy->server_count));
        break;
    case HB_OUTCOME_FAILED: say_failed(&text, deploy); break;
    case HB_OUTCOME_UNCONFIRMED: say_unconfirmed(&text, deploy); break;
    default: return;
    }
    free(deploy->message);
    deploy->message = hb_buffer_take(&text);
}
