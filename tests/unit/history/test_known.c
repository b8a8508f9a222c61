#include "history/known.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NEWEST "1111111111111111111111111111111111111111"
#define GIVEN "2222222222222222222222222222222222222222"
#define TIP "3333333333333333333333333333333333333333"

static void fill(struct hb_known *known)
{
    struct hb_index_module *module = hb_known_module(known, "dev", "crm.py");
    strcpy(module->newest, NEWEST);
    strcpy(module->given, GIVEN);
    hb_known_module(known, "dev", "a b\n\\.py");
    hb_known_module(known, "prod", "crm.py");
    strcpy(hb_known_tip(known, "refs/heads/dev")->commit, TIP);
    hb_known_tip(known, "refs/heads/prod");
    known->ids = 0xfedcba9876543210u;
}

/* A copy with its NUL, to be freed. */
static char *copy_of(const struct hb_buffer *text, size_t len)
{
    char *copy = hb_alloc(len + 1);
    memcpy(copy, text->data, len);
    return copy;
}

static void what_was_written_is_read_again(void **state)
{
    (void)state;
    struct hb_known known = {0};
    struct hb_known again = {0};
    struct hb_buffer text = {0};
    fill(&known);
    hb_known_write(&known, &text);
    char *bytes = copy_of(&text, text.len);
    assert_true(hb_known_read(&again, bytes, text.len));
    const struct hb_index_module *module =
        hb_known_find(&again, "dev", "crm.py");
    assert_non_null(module);
    assert_string_equal(module->newest, NEWEST);
    assert_string_equal(module->given, GIVEN);
    assert_string_equal(module->found, "");
    assert_non_null(hb_known_find(&again, "dev", "a b\n\\.py"));
    assert_non_null(hb_known_find(&again, "prod", "crm.py"));
    assert_null(hb_known_find(&again, "prod", "a b\n\\.py"));
    assert_int_equal(again.tip_count, 2);
    assert_string_equal(hb_known_tip(&again, "refs/heads/dev")->commit, TIP);
    assert_string_equal(hb_known_tip(&again, "refs/heads/prod")->commit, "");
    assert_int_equal(again.tip_count, 2);
    assert_true(again.ids == known.ids);
    free(bytes);
    hb_buffer_release(&text);
    hb_known_release(&known);
    hb_known_release(&again);
}

static void what_is_cut_or_changed_is_refused(void **state)
{
    (void)state;
    struct hb_known known = {0};
    struct hb_buffer text = {0};
    fill(&known);
    hb_known_write(&known, &text);
    hb_known_release(&known);
    for (size_t i = 0; i < text.len; i++) {
        char *cut = copy_of(&text, i);
        char *changed = copy_of(&text, text.len);
        changed[i] ^= 1;
        assert_false(hb_known_read(&known, cut, i));
        /* The last line's end is the one byte that nothing hangs on. */
        assert_true(hb_known_read(&known, changed, text.len) ==
                    (i == text.len - 1));
        hb_known_release(&known);
        free(cut);
        free(changed);
    }
    hb_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_written_is_read_again),
        cmocka_unit_test(what_is_cut_or_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
