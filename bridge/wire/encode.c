#include "wire/encode.h"

#include "wire/encode_value.h"
#include "wire/limits.h"

#include <assert.h>

static_assert(HB_WIRE_LIST_MAX == HB_HISTORY_LIST_MAX,
              "what clients are told is what the history gives");

static void put_limits(struct hb_writer *writer, size_t max_module_size)
{
    hb_writer_key(writer, "limits");
    hb_writer_open(writer, '{');
    hb_writer_put_integer(writer, "message", HB_WIRE_MESSAGE_MAX);
    hb_writer_put_integer(writer, "module", (int64_t)max_module_size);
    hb_writer_put_integer(writer, "requests", HB_WIRE_REQUESTS_MAX);
    hb_writer_put_integer(writer, "list", HB_WIRE_LIST_MAX);
    hb_writer_put_integer(writer, "text", HB_WIRE_TEXT_MAX);
    hb_writer_put_integer(writer, "depth", HB_WIRE_DEPTH_MAX);
    hb_writer_put_integer(writer, "members", HB_WIRE_MEMBERS_MAX);
    hb_writer_put_integer(writer, "outbox", HB_WIRE_OUTBOX_MAX);
    hb_writer_close(writer, '}');
}

char *hb_encode_initialized(const char *version, const char *proof,
                            size_t max_module_size,
                            struct hb_target *const *targets, size_t count,
                            const char *default_target)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "server");
    hb_writer_open(&writer, '{');
    hb_writer_put_text(&writer, "name", "hotbridge");
    hb_writer_put_text(&writer, "version", version);
    hb_writer_close(&writer, '}');
    hb_writer_put_integer(&writer, "protocol", HB_PROTOCOL);
    hb_writer_put_text(&writer, "proof", proof);
    put_limits(&writer, max_module_size);
    hb_writer_targets(&writer, targets, count, default_target);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

char *hb_encode_source(const char *bytes, size_t len, const char *commit)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "source");
    bool exact = hb_writer_bytes(&writer, bytes, len);
    hb_writer_put_text(&writer, "commit", commit);
    if (!exact) {
        hb_writer_put_flag(&writer, "replaced", true);
    }
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

char *hb_encode_patch(const char *patch, size_t len)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "patch");
    hb_writer_bytes(&writer, patch, len);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

char *hb_encode_live(const struct hb_live *live, size_t count)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "live");
    hb_writer_open(&writer, '[');
    for (size_t i = 0; i < count; i++) {
        hb_writer_open(&writer, '{');
        hb_writer_put_text(&writer, "module", live[i].module);
        hb_writer_put_text(&writer, "server", live[i].server);
        hb_writer_put_text(&writer, "commit", live[i].commit);
        hb_writer_put_text(&writer, "blob", live[i].blob);
        hb_writer_put_time(&writer, "time", live[i].time);
        hb_writer_close(&writer, '}');
    }
    hb_writer_close(&writer, ']');
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

static void open_message(struct hb_writer *writer)
{
    hb_writer_open(writer, '{');
    hb_writer_put_text(writer, "jsonrpc", "2.0");
}

static void put_id(struct hb_writer *writer, const char *rpc_id)
{
    hb_writer_key(writer, "id");
    hb_writer_raw(writer, rpc_id == NULL ? "null" : rpc_id);
}

char *hb_encode_result(const char *rpc_id, const char *value)
{
    struct hb_writer writer = {0};
    open_message(&writer);
    put_id(&writer, rpc_id);
    hb_writer_key(&writer, "result");
    hb_writer_raw(&writer, value);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

static void put_data(struct hb_writer *writer, enum hb_code code)
{
    hb_writer_key(writer, "data");
    hb_writer_open(writer, '{');
    hb_writer_put_text(writer, "reason", hb_reason_word(code));
    if (code == HB_EPROTOCOL) {
        hb_writer_key(writer, "protocols");
        hb_writer_open(writer, '[');
        hb_writer_integer(writer, HB_PROTOCOL);
        hb_writer_close(writer, ']');
    }
    hb_writer_close(writer, '}');
}

char *hb_encode_error(const char *rpc_id, const struct hb_error *err)
{
    struct hb_writer writer = {0};
    open_message(&writer);
    put_id(&writer, rpc_id);
    hb_writer_key(&writer, "error");
    hb_writer_open(&writer, '{');
    hb_writer_put_integer(&writer, "code", hb_reason_rpc_code(err->code));
    hb_writer_key(&writer, "message");
    hb_writer_text(&writer, err->message);
    if (hb_reason_word(err->code) != NULL) {
        put_data(&writer, err->code);
    }
    hb_writer_close(&writer, '}');
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

static void open_notification(struct hb_writer *writer, const char *method)
{
    open_message(writer);
    hb_writer_put_text(writer, "method", method);
    hb_writer_key(writer, "params");
}

char *hb_encode_deploy_changed(const char *value)
{
    struct hb_writer writer = {0};
    open_notification(&writer, "deploy/changed");
    hb_writer_open(&writer, '{');
    hb_writer_key(&writer, "deploy");
    hb_writer_raw(&writer, value);
    hb_writer_close(&writer, '}');
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}

char *hb_encode_targets_changed(const char *value)
{
    struct hb_writer writer = {0};
    open_notification(&writer, "targets/changed");
    hb_writer_raw(&writer, value);
    hb_writer_close(&writer, '}');
    return hb_writer_take(&writer);
}
