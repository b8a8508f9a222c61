#include "session/gate.h"

#include "wire/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PORT 41507
#define TOKEN "3f1d0c9ab27e4c55a0d5e2b1c4f6a7981122334455667788"

struct value {
    const char *text;
    bool right;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct value hosts[] = {
    {"127.0.0.1:41507", true},
    {"localhost:41507", true},
    {"[::1]:41507", true},
    {NULL, false},
    {"", false},
    {"localhost", false},
    {"127.0.0.1", false},
    {"127.0.0.1:41508", false},
    {"127.0.0.1:4150", false},
    {"127.0.0.1:415070", false},
    {"127.0.0.1:041507", false},
    {"127.0.0.1:41507 ", false},
    {" 127.0.0.1:41507", false},
    {"127.0.0.2:41507", false},
    {"0.0.0.0:41507", false},
    {"::1:41507", false},
    {"[::1]", false},
    {"[::0:1]:41507", false},
    {"LOCALHOST.evil.example:41507", false},
    {"localhost.:41507", false},
    {"evil.example:41507", false},
    {"evil.example", false},
    {"localhost:41507.evil.example", false},
    {"user@localhost:41507", false},
    {"localhost:41507,localhost:41507", false},
    {"localhost:41507, evil.example", false},
    {"http://localhost:41507", false},
    {"localhost:41507/", false},
    {"localhost:41507\n", false},
    {"2130706433:41507", false},
    {"127.1:41507", false},
};

static const struct value origins[] = {
    {NULL, true},
    {"", false},
    {"null", false},
    {"http://localhost:41507", false},
    {"http://127.0.0.1:41507", false},
    {"https://evil.example", false},
    {"file://", false},
    {"vscode-webview://x", false},
};

static const struct value tokens[] = {
    {"Bearer " TOKEN, true},
    {"bearer " TOKEN, true},
    {"BEARER " TOKEN, true},
    {NULL, false},
    {"", false},
    {"Bearer", false},
    {"Bearer ", false},
    {TOKEN, false},
    {"Basic " TOKEN, false},
    {"Bearer  " TOKEN, false},
    {"Bearer\t" TOKEN, false},
    {" Bearer " TOKEN, false},
    {"Bearer " TOKEN " ", false},
    {"Bearer " TOKEN "0", false},
    {"Bearer " TOKEN TOKEN, false},
    {"Bearer " TOKEN ",Bearer " TOKEN, false},
    {"Bearer 3f1d0c9ab27e4c55a0d5e2b1c4f6a798112233445566778", false},
    {"Bearer 3f1d0c9ab27e4c55a0d5e2b1c4f6a7981122334455667789", false},
    {"Bearer 2f1d0c9ab27e4c55a0d5e2b1c4f6a7981122334455667788", false},
    {"Bearer 3F1D0C9AB27E4C55A0D5E2B1C4F6A7981122334455667788", false},
    {"Bearer \"" TOKEN "\"", false},
    {"Bearer token=" TOKEN, false},
    {"Token " TOKEN, false},
};

static const struct value protocols[] = {
    {HB_SUBPROTOCOL, true},
    {NULL, false},
    {"", false},
    {HB_SUBPROTOCOL "x", false},
    {" " HB_SUBPROTOCOL, false},
    {HB_SUBPROTOCOL ", " HB_SUBPROTOCOL, false},
    {"http", false},
    {"chat", false},
};

/* What counts first: who is spoken to, then who speaks, then the secret. */
static int wanted(const struct value *host, const struct value *origin,
                  const struct value *token, const struct value *protocol)
{
    if (!host->right || !protocol->right) {
        return 400;
    }
    if (!origin->right) {
        return 403;
    }
    return token->right ? 0 : 401;
}

static void every_combination(void **state)
{
    size_t count = 0;
    size_t let_in = 0;
    (void)state;
    for (size_t h = 0; h < COUNT(hosts); h++) {
        for (size_t o = 0; o < COUNT(origins); o++) {
            for (size_t t = 0; t < COUNT(tokens); t++) {
                for (size_t p = 0; p < COUNT(protocols); p++) {
                    const struct hb_gate_request request = {
                        .target = "/",
                        .version = "HTTP/1.1",
                        .host = hosts[h].text,
                        .origin = origins[o].text,
                        .authorization = tokens[t].text,
                        .subprotocol = protocols[p].text,
                    };
                    int code = hb_gate_check(&request, PORT, TOKEN);
                    int right = wanted(&hosts[h], &origins[o], &tokens[t],
                                       &protocols[p]);
                    if (code != right) {
                        fail_msg("%s | %s | %s | %s: %d instead of %d",
                                 hosts[h].text, origins[o].text, tokens[t].text,
                                 protocols[p].text, code, right);
                    }
                    count++;
                    let_in += code == 0;
                }
            }
        }
    }
    assert_true(count > 40000);
    assert_int_equal(let_in, 3 * 1 * 3 * 1);
}

/* Any single byte of what is right changed lets nobody in. */
static void one_byte_changed(void **state)
{
    static const char *const right[] = {"127.0.0.1:41507", "Bearer " TOKEN,
                                        HB_SUBPROTOCOL};
    (void)state;
    for (size_t which = 0; which < 3; which++) {
        size_t len = strlen(right[which]);
        for (size_t at = 0; at < len; at++) {
            for (int bit = 0; bit < 8; bit++) {
                const char *text[] = {right[0], right[1], right[2]};
                char *changed = strdup(right[which]);
                changed[at] = (char)(changed[at] ^ (1 << bit));
                text[which] = changed;
                const struct hb_gate_request request = {
                    .target = "/",
                    .version = "HTTP/1.1",
                    .host = text[0],
                    .authorization = text[1],
                    .subprotocol = text[2],
                };
                int code = hb_gate_check(&request, PORT, TOKEN);
                bool other_case = which == 1 && at < 6 && bit == 5;
                assert_int_equal(code == 0, other_case);
                free(changed);
            }
        }
    }
}

static void the_port_is_the_one_it_listens_on(void **state)
{
    static const int ports[] = {1, 80, 443, 1024, 41507, 65535};
    (void)state;
    for (size_t i = 0; i < COUNT(ports); i++) {
        const struct hb_gate_request request = {
            .target = "/",
            .version = "HTTP/1.1",
            .host = "localhost:41507",
            .authorization = "Bearer " TOKEN,
            .subprotocol = HB_SUBPROTOCOL,
        };
        assert_int_equal(hb_gate_check(&request, ports[i], TOKEN),
                         ports[i] == PORT ? 0 : 400);
    }
}

static void the_request_line_is_one(void **state)
{
    static const struct value targets[] = {
        {"/", true},
        {NULL, false},
        {"", false},
        {"*", false},
        {"//", false},
        {"/x", false},
        {"ws://localhost:41507/", false},
        {"http://evil.example/", false},
    };
    static const struct value versions[] = {
        {"HTTP/1.1", true},  {NULL, false},       {"", false},
        {"HTTP/1.0", false}, {"HTTP/2.0", false}, {"http/1.1", false},
    };
    (void)state;
    for (size_t t = 0; t < COUNT(targets); t++) {
        for (size_t v = 0; v < COUNT(versions); v++) {
            const struct hb_gate_request request = {
                .target = targets[t].text,
                .version = versions[v].text,
                .host = "localhost:41507",
                .authorization = "Bearer " TOKEN,
                .subprotocol = HB_SUBPROTOCOL,
            };
            bool right = targets[t].right && versions[v].right;
            assert_int_equal(hb_gate_check(&request, PORT, TOKEN),
                             right ? 0 : 400);
        }
    }
}

static void secrets_are_compared_whole(void **state)
{
    static const char *const others[] = {"",     "a",   "ab",  "abd",
                                         "abcd", "bbc", "ABC", "abc "};
    (void)state;
    assert_true(hb_gate_same("abc", "abc"));
    assert_true(hb_gate_same("", ""));
    assert_false(hb_gate_same("abc", ""));
    for (size_t i = 0; i < COUNT(others); i++) {
        assert_false(hb_gate_same(others[i], "abc"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination),
        cmocka_unit_test(one_byte_changed),
        cmocka_unit_test(the_port_is_the_one_it_listens_on),
        cmocka_unit_test(the_request_line_is_one),
        cmocka_unit_test(secrets_are_compared_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
