#include "wire/decode.h"

#include "wire/encode.h"
#include "wire/scan.h"
#include "wire/tree.h"

#include <stdlib.h>
#include <string.h>

static char *copy_span(struct hb_span span)
{
    return span.at == NULL ? NULL : hb_strndup(span.at, span.len);
}

static void read_error(struct hb_span error, struct hb_reply *reply)
{
    int64_t code = 0;
    hb_span_integer(hb_span_member(error, "code"), &code);
    char *message = hb_span_text(hb_span_member(error, "message"), NULL);
    struct hb_span data = hb_span_member(error, "data");
    reply->rpc_code = (int)code;
    reply->reason = hb_span_text(hb_span_member(data, "reason"), NULL);
    hb_error_set(&reply->error, hb_reason_code(reply->rpc_code, reply->reason),
                 "%s", message == NULL ? "the bridge gave no words" : message);
    free(message);
}

static bool strange(const char *what, struct hb_error *err)
{
    return hb_error_set(err, HB_EBRIDGE,
                        "the bridge sent what is not a message of the "
                        "protocol: %s",
                        what);
}

bool hb_reply_parse(const char *bytes, size_t len, struct hb_reply *reply,
                    struct hb_error *err)
{
    *reply = (struct hb_reply){0};
    struct hb_error why = {0};
    if (!hb_json_scan(bytes, len, NULL, &why)) {
        return strange(why.message, err);
    }
    struct hb_span message = hb_span_of(bytes, len);
    if (!hb_span_equals(hb_span_member(message, "jsonrpc"), "2.0")) {
        return strange("jsonrpc is not \"2.0\"", err);
    }
    struct hb_span method = hb_span_member(message, "method");
    struct hb_span id = hb_span_member(message, "id");
    struct hb_span result = hb_span_member(message, "result");
    struct hb_span error = hb_span_member(message, "error");
    if (hb_span_is_text(method) && id.at == NULL) {
        reply->method = hb_span_text(method, NULL);
        struct hb_span params = hb_span_member(message, "params");
        reply->value = params.at == NULL ? hb_strdup("{}") : copy_span(params);
        return true;
    }
    if (id.at == NULL || (result.at == NULL) == (error.at == NULL)) {
        return strange("it is neither an answer nor a notification", err);
    }
    reply->rpc_id = copy_span(id);
    reply->value = copy_span(result);
    if (error.at != NULL) {
        read_error(error, reply);
    }
    return true;
}

void hb_reply_release(struct hb_reply *reply)
{
    free(reply->rpc_id);
    free(reply->method);
    free(reply->value);
    free(reply->reason);
    *reply = (struct hb_reply){0};
}

/* The member `name` of a result as a text that the caller frees. */
static char *text_of(const char *value, const char *name, size_t *len,
                     struct hb_error *err)
{
    struct hb_error why = {0};
    char *text = NULL;
    if (!hb_json_scan(value, strlen(value), NULL, &why)) {
        strange(why.message, err);
        return NULL;
    }
    struct hb_span object = hb_span_of(value, strlen(value));
    text = hb_span_text(hb_span_member(object, name), len);
    if (text == NULL) {
        hb_error_set(err, HB_EBRIDGE,
                     "the bridge's answer holds no %s; is it of another "
                     "version?",
                     name);
    }
    return text;
}

bool hb_decode_source(const char *value, char **bytes, size_t *len,
                      char **commit, struct hb_error *err)
{
    *bytes = text_of(value, "source", len, err);
    if (*bytes == NULL) {
        return false;
    }
    struct hb_span object = hb_span_of(value, strlen(value));
    *commit = hb_span_text(hb_span_member(object, "commit"), NULL);
    return true;
}

bool hb_decode_patch(const char *value, char **patch, struct hb_error *err)
{
    *patch = text_of(value, "patch", NULL, err);
    return *patch != NULL;
}

bool hb_decode_initialized(const char *value, char **version, char **proof,
                           struct hb_error *err)
{
    json_object *tree = hb_tree_parse(value, strlen(value), "the answer", err);
    if (tree == NULL) {
        return false;
    }
    *version = hb_tree_copy_or_empty(hb_tree_object(tree, "server"), "version");
    *proof = hb_tree_copy(tree, "proof");
    json_object_put(tree);
    return true;
}
