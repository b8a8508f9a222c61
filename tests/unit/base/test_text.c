#include "base/text.h"

#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool utf8(const char *bytes)
{
    return hb_text_is_utf8(bytes, strlen(bytes));
}

static void utf8_is_judged_by_the_standard(void **state)
{
    (void)state;
    assert_true(utf8(""));
    assert_true(utf8("za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87"));
    assert_true(utf8("\xF0\x9F\x8C\x8D\xF4\x8F\xBF\xBF"));
    assert_false(utf8("\x80"));
    assert_false(utf8("\xC0\xAF"));         /* overlong */
    assert_false(utf8("\xE0\x80\x80"));     /* overlong */
    assert_false(utf8("\xED\xA0\x80"));     /* a surrogate */
    assert_false(utf8("\xF4\x90\x80\x80")); /* beyond Unicode */
    assert_false(utf8("\xE2\x82"));         /* cut */
    assert_int_equal(hb_text_points("\xC5\xBC\xF0\x9F\x8C\x8D", 6), 2);
}

static void names_of_targets_are_branch_names(void **state)
{
    (void)state;
    char longest[65];
    memset(longest, 'a', 64);
    longest[63] = '\0';
    assert_true(hb_text_is_target("dev"));
    assert_true(hb_text_is_target("0.a_b-c"));
    assert_true(hb_text_is_target(longest));
    longest[63] = 'a';
    longest[64] = '\0';
    assert_false(hb_text_is_target(longest));
    assert_false(hb_text_is_target(""));
    assert_false(hb_text_is_target("Dev"));
    assert_false(hb_text_is_target("-dev"));
    assert_false(hb_text_is_target("dev."));
    assert_false(hb_text_is_target("a..b"));
    assert_false(hb_text_is_target("dev.lock"));
    assert_false(hb_text_is_target("a/b"));
}

static void a_blob_has_the_id_that_git_gives_it(void **state)
{
    (void)state;
    char id[HB_OID_SIZE];
    hb_text_blob_id("", 0, id);
    assert_string_equal(id, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
    hb_text_blob_id("hello\n", 6, id);
    assert_string_equal(id, "ce013625030ba8dba906f756967f9e9ca394464a");
}

static void random_words_have_their_form(void **state)
{
    (void)state;
    char uuid[HB_UUID_SIZE];
    char hex[65];
    assert_true(hb_text_uuid(uuid, NULL));
    assert_true(hb_text_is_uuid(uuid));
    assert_int_equal(uuid[14], '4');
    assert_true(hb_text_random_hex(hex, 32, NULL));
    assert_int_equal(strlen(hex), 64);
    assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
    assert_false(hb_text_is_uuid("0123456789abcdef0123456789abcdef0123"));
}

static void times_are_read_as_they_are_written(void **state)
{
    (void)state;
    char text[HB_TIME_SIZE];
    hb_clock_format(1795402983412, text);
    assert_int_equal(hb_clock_parse(text), 1795402983412);
    assert_int_equal(hb_clock_parse("2026-11-23T03:03:03.5+01:00"),
                     hb_clock_parse("2026-11-23T02:03:03.500Z"));
    assert_int_equal(hb_clock_parse("yesterday"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_judged_by_the_standard),
        cmocka_unit_test(names_of_targets_are_branch_names),
        cmocka_unit_test(a_blob_has_the_id_that_git_gives_it),
        cmocka_unit_test(random_words_have_their_form),
        cmocka_unit_test(times_are_read_as_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
