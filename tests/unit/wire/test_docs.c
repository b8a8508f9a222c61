#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_page_shows_golden_messages(void **state)
{
    (void)state;
    assert_int_equal(
        system("\"$(" TESTS_DIR "/python)\" " TESTS_DIR "/wire/check_docs.py"),
        0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_shows_golden_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
