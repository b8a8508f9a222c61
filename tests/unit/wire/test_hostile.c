#include "base/buffer.h"
#include "base/clock.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/limits.h"
#include "wire/message.h"

#include "golden.h"

#include <malloc.h>

/* Flips tried on each golden message. */
#define FLIPS 400
/* How many times slower the worst message of a size may be than a plain one
 * of the same size; anything quadratic is off by thousands. */
#define RATIO_MAX 10.0
#define MEBIBYTE (1024u * 1024)

static enum hb_code parse(const char *bytes, size_t len)
{
    struct hb_request request;
    struct hb_error err = {0};
    bool good = hb_message_parse(bytes, len, &request, &err);
    assert_int_equal(good, err.code == HB_OK);
    hb_request_release(&request);
    return err.code;
}

/* What was taken must be written so that it is taken as the same. */
static void check_stable(const char *bytes, size_t len)
{
    struct hb_request request;
    struct hb_error err = {0};
    if (hb_message_parse(bytes, len, &request, &err)) {
        char *once = hb_encode_request(&request);
        struct hb_request again;
        assert_true(hb_message_parse(once, strlen(once), &again, NULL));
        char *twice = hb_encode_request(&again);
        assert_string_equal(once, twice);
        hb_request_release(&again);
        free(once);
        free(twice);
    }
    hb_request_release(&request);
}

/* Reads bytes of any kind in every way that the bridge and its clients do. */
static void read_all_ways(const char *bytes, size_t len)
{
    struct hb_reply reply;
    if (hb_reply_parse(bytes, len, &reply, NULL) && reply.value != NULL) {
        struct hb_target **targets = NULL;
        struct hb_deploy **deploys = NULL;
        size_t count = 0;
        char *text = NULL;
        hb_deploy_free(hb_decode_deploy(reply.value, NULL));
        hb_deploy_free(hb_decode_deploy_changed(reply.value, NULL));
        hb_target_free(hb_decode_target(reply.value, NULL));
        if (hb_decode_targets(reply.value, &targets, &count, &text, NULL)) {
            for (size_t i = 0; i < count; i++) {
                hb_target_free(targets[i]);
            }
            free(targets);
            free(text);
        }
        if (hb_decode_list(reply.value, &deploys, &count, &text, NULL)) {
            for (size_t i = 0; i < count; i++) {
                hb_deploy_free(deploys[i]);
            }
            free(deploys);
            free(text);
        }
    }
    hb_reply_release(&reply);
}

static void cut_everywhere(const struct golden *golden)
{
    size_t end = golden->len;
    while (end > 0 && strchr(" \t\r\n", golden->bytes[end - 1]) != NULL) {
        end--;
    }
    for (size_t len = 0; len < end; len++) {
        char *exact = golden_exact(golden->bytes, len);
        struct hb_reply reply;
        struct hb_error err = {0};
        assert_int_equal(parse(exact, len), HB_EPARSE);
        assert_false(hb_reply_parse(exact, len, &reply, &err));
        assert_int_equal(err.code, HB_EBRIDGE);
        hb_reply_release(&reply);
        free(exact);
    }
}

static void cut_and_survive(const struct golden *golden)
{
    for (size_t len = 0; len < golden->len; len++) {
        char *exact = golden_exact(golden->bytes, len);
        parse(exact, len);
        free(exact);
    }
}

static void cut_messages_are_refused(void **state)
{
    (void)state;
    golden_each("valid", cut_everywhere);
    golden_each("bridge", cut_everywhere);
    golden_each("invalid", cut_and_survive);
}

/* xorshift: the same flips in every run. */
static unsigned next_random(unsigned *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void flip(const struct golden *golden)
{
    static const char likely[] = "\"\\{}[],:0123456789eE.-u \n\xED\x80";
    unsigned seed = 2463534242u + (unsigned)golden->len;
    for (int i = 0; i < FLIPS; i++) {
        char *bytes = golden_exact(golden->bytes, golden->len);
        unsigned count = 1 + next_random(&seed) % 3;
        for (unsigned k = 0; k < count && golden->len > 0; k++) {
            size_t at = next_random(&seed) % golden->len;
            unsigned dice = next_random(&seed);
            bytes[at] = dice % 2 ? likely[dice / 2 % (sizeof likely - 1)]
                                 : (char)(dice >> 8);
        }
        check_stable(bytes, golden->len);
        read_all_ways(bytes, golden->len);
        free(bytes);
    }
}

static void flipped_bytes_do_no_harm(void **state)
{
    (void)state;
    golden_each("valid", flip);
    golden_each("bridge", flip);
    golden_each("invalid", flip);
}

/* A message of about `size` bytes: `head`, then `piece` over and over with
 * its %zu counted up, then `tail`. */
static struct hb_buffer repeat(const char *head, const char *piece,
                               const char *tail, size_t size)
{
    struct hb_buffer out = {0};
    hb_buffer_add(&out, head, strlen(head));
    for (size_t i = 0; out.len + 64 < size; i++) {
        char text[64];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        int len = snprintf(text, sizeof text, piece, i);
#pragma GCC diagnostic pop
        hb_buffer_add(&out, text, (size_t)len);
    }
    hb_buffer_add(&out, tail, strlen(tail));
    return out;
}

static double seconds_of(const struct hb_buffer *message, enum hb_code expected)
{
    double start = hb_clock_monotonic();
    assert_int_equal(parse(message->data, message->len), expected);
    return hb_clock_monotonic() - start;
}

#define HEAD \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"targets/list\",\"params\":"

/* Each of these is 8 MiB, which is what a client may send. */
static const struct {
    const char *head;
    const char *piece;
    const char *tail;
    enum hb_code code;
} heavy[] = {
    {"", "[", "", HB_EPARSE},
    {"", "{\"a\":", "", HB_EPARSE},
    {HEAD "{\"x\":[0", ",[]", "]}}", HB_OK},
    {HEAD "{\"x\":[0", ",{}", "]}}", HB_OK},
    {HEAD "{\"x\":[0", ",{\"a\":[{}]}", "]}}", HB_OK},
    {HEAD "{\"x\":[0", ",%zu", "]}}", HB_OK},
    {HEAD "{\"x\":0", ",\"m%zu\":0", "}}", HB_EPARSE},
    {HEAD "{\"x\":0", ",\"m\":0", "}}", HB_EPARSE},
    {HEAD "{\"x\":0", ",\"\\u006d\":0", "}}", HB_EPARSE},
    {HEAD "{\"x\":\"", "\\u017c", "\"}}", HB_OK},
    {HEAD "{\"x\":\"", "\\\\", "\"}}", HB_OK},
    {HEAD "{\"x\":1", "0", "}}", HB_EPARSE},
    {HEAD "{\"x\":0.", "0", "1e308}}", HB_OK},
    {HEAD "{\"x\":1e", "9", "}}", HB_EPARSE},
    {HEAD "{\"x\":1e-", "9", "}}", HB_OK},
    {"{\"id\":\"", "x", "\"}", HB_EREQUEST},
    {"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"", "x", "\"}", HB_EMETHOD},
    {"", " ", "", HB_EPARSE},
    {HEAD "{}}", " ", "", HB_OK},
};

static void heavy_messages_cost_no_more_than_their_length(void **state)
{
    (void)state;
    struct hb_buffer plain =
        repeat(HEAD "{\"x\":\"", "x", "\"}}", HB_WIRE_MESSAGE_MAX);
    double usual = seconds_of(&plain, HB_OK);
    for (size_t i = 0; i < sizeof heavy / sizeof heavy[0]; i++) {
        struct hb_buffer message = repeat(heavy[i].head, heavy[i].piece,
                                          heavy[i].tail, HB_WIRE_MESSAGE_MAX);
        double took = seconds_of(&message, heavy[i].code);
        /* A busy machine slows one run, never the best of three. */
        for (int again = 0; again < 2 && took > usual * RATIO_MAX; again++) {
            double once_more = seconds_of(&message, heavy[i].code);
            double usually = seconds_of(&plain, HB_OK);
            took = once_more < took ? once_more : took;
            usual = usually > usual ? usually : usual;
        }
        if (took > usual * RATIO_MAX) {
            fail_msg("%s…%s… took %.0f ms, a plain one %.0f ms", heavy[i].head,
                     heavy[i].piece, took * 1e3, usual * 1e3);
        }
        hb_buffer_release(&message);
    }
    hb_buffer_release(&plain);
}

/* Objects as full as they may be, one after another: the worst that looking
 * for duplicates can meet. */
static struct hb_buffer full_objects(const char *name)
{
    struct hb_buffer out = {0};
    static const char head[] = HEAD "{\"x\":[0";
    hb_buffer_add(&out, head, strlen(head));
    while (out.len + 4096 < HB_WIRE_MESSAGE_MAX) {
        hb_buffer_add(&out, ",{\"\":0", 6);
        for (int i = 1; i < HB_WIRE_MEMBERS_MAX; i++) {
            char text[32];
            int len = snprintf(text, sizeof text, ",\"%s%x\":0", name, i);
            hb_buffer_add(&out, text, (size_t)len);
        }
        hb_buffer_add(&out, "}", 1);
    }
    hb_buffer_add(&out, "]}}", 3);
    return out;
}

static void looking_for_duplicates_is_cheap(void **state)
{
    (void)state;
    struct hb_buffer plain = repeat(HEAD "{\"x\":[0", ",{\"m\":0,\"n%zu\":0}",
                                    "]}}", HB_WIRE_MESSAGE_MAX);
    struct hb_buffer full = full_objects("");
    double usual = seconds_of(&plain, HB_OK);
    double took = seconds_of(&full, HB_OK);
    assert_true(took < usual * RATIO_MAX);
    hb_buffer_release(&plain);
    hb_buffer_release(&full);
}

static void unknown_members_take_no_memory(void **state)
{
    (void)state;
    struct hb_buffer message =
        repeat(HEAD "{\"x\":[0", ",{\"a\":[{}]}", "]}}", HB_WIRE_MESSAGE_MAX);
    struct hb_request request;
    size_t before = mallinfo2().uordblks;
    assert_true(hb_message_parse(message.data, message.len, &request, NULL));
    assert_true(mallinfo2().uordblks - before < 4096);
    hb_request_release(&request);
    hb_buffer_release(&message);
}

static void a_whole_module_comes_through_to_the_byte(void **state)
{
    (void)state;
    struct hb_buffer source = {0};
    while (source.len < MEBIBYTE) {
        for (int c = 1; c < 0x80; c++) {
            char byte = (char)c;
            hb_buffer_add(&source, &byte, 1);
        }
        hb_buffer_add(&source, "\xC5\xBC\xF0\x9F\x8C\x8D\xEF\xBB\xBF\r\n", 11);
    }
    struct hb_request request = {
        .rpc_id = "7",
        .method = HB_METHOD_DEPLOY,
        .id = "0b9d7c52-6f1e-4c8a-9a57-3d2e1f0c4b6a",
        .module = "a.py",
        .source = source.data,
        .source_len = source.len,
    };
    char *text = hb_encode_request(&request);
    struct hb_request again;
    struct hb_error err = {0};
    assert_true(hb_message_parse(text, strlen(text), &again, &err));
    assert_int_equal(again.source_len, source.len);
    assert_memory_equal(again.source, source.data, source.len + 1);
    hb_request_release(&again);
    hb_buffer_release(&source);
    free(text);
}

/* A request with a path of so many bytes, each written as an escape. */
static enum hb_code parse_path(size_t count)
{
    struct hb_buffer out = {0};
    hb_buffer_print(&out, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"deploy\","
                          "\"params\":{\"id\":"
                          "\"0b9d7c52-6f1e-4c8a-9a57-3d2e1f0c4b6a\","
                          "\"module\":\"a.py\",\"source\":\"\","
                          "\"trigger\":\"cli\",\"document\":{\"path\":\"");
    for (size_t i = 0; i < count; i++) {
        hb_buffer_add(&out, "\\u0041", 6);
    }
    hb_buffer_print(&out, "\"}}}");
    enum hb_code code = parse(out.data, out.len);
    hb_buffer_release(&out);
    return code;
}

static void a_text_is_measured_as_it_is_read(void **state)
{
    (void)state;
    assert_int_equal(parse_path(HB_WIRE_TEXT_MAX), HB_OK);
    assert_int_equal(parse_path(HB_WIRE_TEXT_MAX + 1), HB_EPARAMS);
    assert_int_equal(parse_path(MEBIBYTE), HB_EPARAMS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_messages_are_refused),
        cmocka_unit_test(flipped_bytes_do_no_harm),
        cmocka_unit_test(heavy_messages_cost_no_more_than_their_length),
        cmocka_unit_test(looking_for_duplicates_is_cheap),
        cmocka_unit_test(unknown_members_take_no_memory),
        cmocka_unit_test(a_text_is_measured_as_it_is_read),
        cmocka_unit_test(a_whole_module_comes_through_to_the_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
