#include "wire/message.h"

#include "wire/limits.h"
#include "wire/member.h"
#include "wire/scan.h"
#include "wire/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Longest dotted name of a member that a message of ours names. */
#define PLACE_SIZE 96

/* The largest integer that every client's numbers can hold: 2^53 - 1. */
#define ID_INTEGER_MAX 9007199254740991

struct parts {
    struct hb_span version;
    struct hb_span id;
    struct hb_span method;
    struct hb_span params;
};

static bool is_id(struct hb_span span)
{
    int64_t number;
    if (span.at == NULL || span.len > HB_WIRE_ID_MAX) {
        return false;
    }
    return hb_span_is_text(span) ||
           (hb_span_integer(span, &number) && number <= ID_INTEGER_MAX &&
            number >= -ID_INTEGER_MAX);
}

static struct parts take_apart(struct hb_span message)
{
    struct parts parts = {0};
    const struct {
        const char *name;
        struct hb_span *part;
    } known[] = {
        {"jsonrpc", &parts.version},
        {"id", &parts.id},
        {"method", &parts.method},
        {"params", &parts.params},
    };
    struct hb_span name;
    struct hb_span value;
    while (hb_span_next(&message, &name, &value)) {
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            if (hb_span_equals(name, known[i].name)) {
                *known[i].part = value;
            }
        }
    }
    return parts;
}

/* The outer form: what JSON-RPC asks of every request. */
static bool check_parts(const struct parts *parts, struct hb_error *err)
{
    if (parts->id.at != NULL && !is_id(parts->id)) {
        return hb_error_set(err, HB_EREQUEST,
                            "id is a text or an integer, of at most %d bytes",
                            HB_WIRE_ID_MAX);
    }
    if (!hb_span_equals(parts->version, "2.0")) {
        return hb_error_set(err, HB_EREQUEST, "jsonrpc must be \"2.0\"");
    }
    if (!hb_span_is_text(parts->method)) {
        return hb_error_set(err, HB_EREQUEST, "method must be a text");
    }
    return true;
}

static bool find_method(struct hb_span name, struct hb_request *request,
                        struct hb_error *err)
{
    for (int i = 0; i < HB_METHOD_COUNT; i++) {
        if (hb_span_equals(name, hb_method_name((enum hb_method)i))) {
            request->method = (enum hb_method)i;
            request->has_method = true;
            return true;
        }
    }
    return hb_error_set(err, HB_EMETHOD,
                        "this bridge knows no such method: it speaks protocol "
                        "%d, version " HB_VERSION,
                        HB_PROTOCOL);
}

static bool read_members(const struct hb_member *members, struct hb_span object,
                         const char *place, struct hb_request *request,
                         struct hb_error *err);

static bool read_member(const struct hb_member *member, struct hb_span value,
                        const char *place, struct hb_request *request,
                        struct hb_error *err)
{
    if (member->kind != HB_KIND_OBJECT) {
        return hb_value_read(member, value, place, request, err);
    }
    if (!hb_span_is_object(value)) {
        return hb_error_set(err, HB_EPARAMS, "%s must be an object", place);
    }
    return read_members(member->inner, value, place, request, err);
}

/* The values of the members of a list, in its order, from one walk. */
static void find_members(const struct hb_member *members, struct hb_span object,
                         struct hb_span values[])
{
    struct hb_span name;
    struct hb_span value;
    while (hb_span_next(&object, &name, &value)) {
        for (size_t i = 0; members[i].name != NULL; i++) {
            if (hb_span_equals(name, members[i].name)) {
                values[i] = value;
            }
        }
    }
}

static bool read_members(const struct hb_member *members, struct hb_span object,
                         const char *place, struct hb_request *request,
                         struct hb_error *err)
{
    struct hb_span values[HB_METHOD_MEMBERS_MAX] = {0};
    find_members(members, object, values);
    for (size_t i = 0; members[i].name != NULL; i++) {
        char inner[PLACE_SIZE];
        snprintf(inner, sizeof inner, "%s.%s", place, members[i].name);
        if (values[i].at == NULL && members[i].required) {
            return hb_error_set(err, HB_EPARAMS, "%s is missing: %s", inner,
                                hb_kind_words(members[i].kind));
        }
        if (values[i].at != NULL &&
            !read_member(&members[i], values[i], inner, request, err)) {
            return false;
        }
    }
    return true;
}

static bool check_protocol(struct hb_span params, struct hb_error *err)
{
    int64_t number;
    if (hb_span_integer(hb_span_member(params, "protocol"), &number) &&
        number != HB_PROTOCOL) {
        return hb_error_set(err, HB_EPROTOCOL,
                            "protocol %lld is not spoken here, only %d: "
                            "update the bridge, or use an older plug-in",
                            (long long)number, HB_PROTOCOL);
    }
    return true;
}

static bool read_params(struct hb_span params, struct hb_request *request,
                        struct hb_error *err)
{
    if (params.at == NULL) {
        params = hb_span_of("{}", 2);
    }
    if (!hb_span_is_object(params)) {
        return hb_error_set(err, HB_EPARAMS, "params must be an object");
    }
    if (request->method == HB_METHOD_INITIALIZE &&
        !check_protocol(params, err)) {
        return false;
    }
    if (!read_members(hb_method_members(request->method), params, "params",
                      request, err)) {
        return false;
    }
    if (request->to != NULL && request->from == NULL) {
        return hb_error_set(err, HB_EPARAMS,
                            "params.to is given without params.from");
    }
    if (request->limit == 0) {
        request->limit = HB_WIRE_LIST_DEFAULT;
    }
    if (request->method == HB_METHOD_ROLLBACK) {
        request->trigger = HB_TRIGGER_ROLLBACK;
    }
    return true;
}

bool hb_message_parse(const char *bytes, size_t len, struct hb_request *request,
                      struct hb_error *err)
{
    *request = (struct hb_request){0};
    struct hb_span id;
    bool good = hb_json_scan(bytes, len, &id, err);
    if (is_id(id)) {
        request->rpc_id = hb_strndup(id.at, id.len);
    }
    if (!good) {
        return false;
    }
    struct hb_span message = hb_span_of(bytes, len);
    if (!hb_span_is_object(message)) {
        return hb_error_set(err, HB_EREQUEST, "%s",
                            hb_span_is_array(message)
                                ? "batches are not taken: send one message a "
                                  "frame"
                                : "a message is an object");
    }
    struct parts parts = take_apart(message);
    if (!check_parts(&parts, err)) {
        return false;
    }
    request->notification = parts.id.at == NULL;
    return find_method(parts.method, request, err) &&
           read_params(parts.params, request, err);
}

void hb_request_release(struct hb_request *request)
{
    free(request->rpc_id);
    free(request->client_name);
    free(request->client_version);
    free(request->nonce);
    free(request->id);
    free(request->target);
    free(request->module);
    free(request->source);
    free(request->document);
    free(request->vcs_commit);
    free(request->vcs_branch);
    free(request->commit);
    free(request->from);
    free(request->to);
    free(request->before);
    *request = (struct hb_request){0};
}
