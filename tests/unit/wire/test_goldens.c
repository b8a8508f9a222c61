#include "base/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/message.h"

#include "golden.h"

#include <time.h>

#define MODULE_SIZE (1024u * 1024)

static const char *text_of(json_object *object, const char *name)
{
    return json_object_get_string(json_object_object_get(object, name));
}

/* Whether a JSON text stands for the value; NULL stands for null. */
static bool is_value(const char *text, json_object *value)
{
    if (text == NULL || value == NULL) {
        return text == NULL && value == NULL;
    }
    char *list = hb_format("[%s]", text);
    json_object *parsed = json_tokener_parse(list);
    bool same = json_object_equal(json_object_array_get_idx(parsed, 0), value);
    json_object_put(parsed);
    free(list);
    return same;
}

/* The request, written again, says what the manifest says. */
static void check_valid(const struct golden *golden)
{
    struct hb_request request;
    struct hb_error err = {0};
    if (!hb_message_parse(golden->bytes, golden->len, &request, &err)) {
        fail_msg("%s: %s", golden->file, err.message);
    }
    assert_true(request.has_method);
    assert_string_equal(hb_method_name(request.method),
                        text_of(golden->entry, "method"));
    json_object *id = NULL;
    bool has_id = json_object_object_get_ex(golden->entry, "id", &id);
    assert_int_equal(request.notification, !has_id);
    assert_true(is_value(request.rpc_id, id));
    char *text = hb_encode_request(&request);
    json_object *again = json_tokener_parse(text);
    json_object *params = json_object_object_get(again, "params");
    json_object *empty = json_object_new_object();
    if (!json_object_equal(params == NULL ? empty : params,
                           json_object_object_get(golden->entry, "params"))) {
        fail_msg("%s was read as %s", golden->file, text);
    }
    json_object_put(empty);
    json_object_put(again);
    free(text);
    hb_request_release(&request);
}

static void check_invalid(const struct golden *golden)
{
    struct hb_request request;
    struct hb_error err = {0};
    char *exact = golden_exact(golden->bytes, golden->len);
    if (hb_message_parse(exact, golden->len, &request, &err)) {
        fail_msg("%s was taken", golden->file);
    }
    free(exact);
    int code =
        json_object_get_int(json_object_object_get(golden->entry, "code"));
    if (hb_reason_rpc_code(err.code) != code) {
        fail_msg("%s: %d, %s", golden->file, hb_reason_rpc_code(err.code),
                 err.message);
    }
    const char *reason = text_of(golden->entry, "reason");
    const char *word = hb_reason_word(err.code);
    assert_int_equal(reason == NULL, word == NULL);
    assert_true(reason == NULL || strcmp(reason, word) == 0);
    if (!is_value(request.rpc_id,
                  json_object_object_get(golden->entry, "id"))) {
        fail_msg("%s: the id was read as %s", golden->file, request.rpc_id);
    }
    assert_true(strlen(err.message) > 10);
    hb_request_release(&request);
}

static char *again_initialized(const char *value)
{
    char *version = NULL;
    char *proof = NULL;
    char *name = NULL;
    struct hb_target **targets = NULL;
    size_t count = 0;
    assert_true(hb_decode_initialized(value, &version, &proof, NULL));
    assert_true(hb_decode_targets(value, &targets, &count, &name, NULL));
    char *text = hb_encode_initialized(version, proof, MODULE_SIZE, targets,
                                       count, name);
    for (size_t i = 0; i < count; i++) {
        hb_target_free(targets[i]);
    }
    free(targets);
    free(version);
    free(proof);
    free(name);
    return text;
}

static char *again_targets(const char *value)
{
    char *name = NULL;
    struct hb_target **targets = NULL;
    size_t count = 0;
    assert_true(hb_decode_targets(value, &targets, &count, &name, NULL));
    char *text = hb_encode_targets(targets, count, name);
    for (size_t i = 0; i < count; i++) {
        hb_target_free(targets[i]);
    }
    free(targets);
    free(name);
    return text;
}

static char *again_target(const char *value)
{
    struct hb_target *target = hb_decode_target(value, NULL);
    assert_non_null(target);
    bool is_default = strstr(value, "\"default\":true") != NULL;
    char *text = hb_encode_target(target, is_default ? target->name : "other");
    hb_target_free(target);
    return text;
}

static char *again_deploy(const char *value)
{
    struct hb_error err = {0};
    struct hb_deploy *deploy = hb_decode_deploy(value, &err);
    assert_non_null(deploy);
    char *text = hb_encode_deploy(deploy);
    hb_deploy_free(deploy);
    return text;
}

static char *again_list(const char *value)
{
    struct hb_deploy **deploys = NULL;
    size_t count = 0;
    char *next = NULL;
    assert_true(hb_decode_list(value, &deploys, &count, &next, NULL));
    char *text = hb_encode_list(deploys, count, next);
    for (size_t i = 0; i < count; i++) {
        hb_deploy_free(deploys[i]);
    }
    free(deploys);
    free(next);
    return text;
}

/* What is marked as replaced is made from bytes that have to be. */
static char *again_source(const char *value)
{
    char *bytes = NULL;
    char *commit = NULL;
    size_t len = 0;
    assert_true(hb_decode_source(value, &bytes, &len, &commit, NULL));
    char *text = strstr(value, "\"replaced\":true") != NULL
                     ? hb_encode_source("caf\xE9\n", 5, commit)
                     : hb_encode_source(bytes, len, commit);
    free(bytes);
    free(commit);
    return text;
}

static char *again_patch(const char *value)
{
    char *patch = NULL;
    assert_true(hb_decode_patch(value, &patch, NULL));
    char *text = hb_encode_patch(patch, strlen(patch));
    free(patch);
    return text;
}

static char *again_live(const char *value)
{
    json_object *tree = json_tokener_parse(value);
    json_object *list = json_object_object_get(tree, "live");
    size_t count = json_object_array_length(list);
    struct hb_live *live = hb_alloc(count * sizeof *live);
    for (size_t i = 0; i < count; i++) {
        json_object *item = json_object_array_get_idx(list, i);
        live[i].module = (char *)text_of(item, "module");
        live[i].server = (char *)text_of(item, "server");
        snprintf(live[i].commit, HB_OID_SIZE, "%s", text_of(item, "commit"));
        snprintf(live[i].blob, HB_OID_SIZE, "%s", text_of(item, "blob"));
        live[i].time = hb_clock_parse(text_of(item, "time"));
    }
    char *text = hb_encode_live(live, count);
    free(live);
    json_object_put(tree);
    return text;
}

static char *again_changed(const char *value)
{
    struct hb_error err = {0};
    struct hb_deploy *deploy = hb_decode_deploy_changed(value, &err);
    assert_non_null(deploy);
    char *text = hb_encode_deploy(deploy);
    char *message = hb_encode_deploy_changed(text);
    hb_deploy_free(deploy);
    free(text);
    return message;
}

static const struct {
    const char *kind;
    char *(*again)(const char *value);
} results[] = {
    {"initialize", again_initialized}, {"deploy", again_deploy},
    {"targets/list", again_targets},   {"targets/test", again_target},
    {"history/list", again_list},      {"history/source", again_source},
    {"history/diff", again_patch},     {"history/live", again_live},
};

static char *again_result(const struct hb_reply *reply, const char *kind)
{
    for (size_t i = 0; i < sizeof results / sizeof results[0]; i++) {
        if (strcmp(results[i].kind, kind) == 0) {
            char *value = results[i].again(reply->value);
            char *text = hb_encode_result(reply->rpc_id, value);
            free(value);
            return text;
        }
    }
    fail_msg("there is no kind %s", kind);
    return NULL;
}

static char *again(const struct hb_reply *reply, const char *kind)
{
    if (strcmp(kind, "error") == 0) {
        bool unknown = strcmp(reply->rpc_id, "null") == 0;
        return hb_encode_error(unknown ? NULL : reply->rpc_id, &reply->error);
    }
    if (strcmp(kind, "deploy/changed") == 0) {
        assert_string_equal(reply->method, kind);
        return again_changed(reply->value);
    }
    if (strcmp(kind, "targets/changed") == 0) {
        assert_string_equal(reply->method, kind);
        char *value = again_targets(reply->value);
        char *text = hb_encode_targets_changed(value);
        free(value);
        return text;
    }
    return again_result(reply, kind);
}

/* Some errors are the answer to a message of tests/wire/invalid. */
static void check_answer(const struct golden *golden)
{
    json_object *entry = json_object_new_object();
    json_object_object_add(
        entry, "file",
        json_object_new_string(text_of(golden->entry, "answers")));
    struct golden question = golden_read(entry);
    struct hb_request request;
    struct hb_error err = {0};
    assert_false(
        hb_message_parse(question.bytes, question.len, &request, &err));
    char *text = hb_encode_error(request.rpc_id, &err);
    assert_string_equal(text, golden->bytes);
    free(text);
    hb_request_release(&request);
    free(question.bytes);
    json_object_put(entry);
}

/* Read as a client does, and written again from what was read: the bytes are
 * the same, so nothing was passed over and nothing is written otherwise. */
static void check_bridge(const struct golden *golden)
{
    struct hb_reply reply;
    struct hb_error err = {0};
    if (!hb_reply_parse(golden->bytes, golden->len, &reply, &err)) {
        fail_msg("%s: %s", golden->file, err.message);
    }
    char *text = again(&reply, text_of(golden->entry, "kind"));
    if (strcmp(text, golden->bytes) != 0) {
        fail_msg("%s:\nis     %s\nshould %s", golden->file, text,
                 golden->bytes);
    }
    free(text);
    hb_reply_release(&reply);
    if (text_of(golden->entry, "answers") != NULL) {
        check_answer(golden);
    }
}

static void valid_messages_are_read(void **state)
{
    (void)state;
    golden_each("valid", check_valid);
}

static void invalid_messages_are_refused(void **state)
{
    (void)state;
    golden_each("invalid", check_invalid);
}

static void the_bridge_writes_its_messages_so(void **state)
{
    (void)state;
    golden_each("bridge", check_bridge);
}

static void discovery_files_are_read_and_written(void **state)
{
    (void)state;
    json_object *entry = json_object_new_object();
    json_object_object_add(entry, "file",
                           json_object_new_string("files/bridge.json"));
    struct golden golden = golden_read(entry);
    struct hb_bridge_info info;
    struct hb_error err = {0};
    assert_true(hb_decode_bridge_info(golden.bytes, golden.len, &info, &err));
    assert_int_equal(info.pid, 4711);
    assert_int_equal(info.port, 40123);
    assert_int_equal(info.protocol, 1);
    char *text = hb_encode_bridge_info(&info);
    assert_string_equal(text, golden.bytes);
    free(text);
    free(golden.bytes);
    hb_bridge_info_release(&info);
    json_object_put(entry);
}

int main(void)
{
    setenv("TZ", "CET-1", 1);
    tzset();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_messages_are_read),
        cmocka_unit_test(invalid_messages_are_refused),
        cmocka_unit_test(the_bridge_writes_its_messages_so),
        cmocka_unit_test(discovery_files_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
