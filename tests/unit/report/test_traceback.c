#include "report/traceback.h"

#include "base/buffer.h"
#include "base/text.h"
#include "scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Where the copies of the recorded 3.2 logs lie, and of those of 4.1. */
#define COPIES "/opt/zato/env/qs-1/server1/work/hot-deploy/current/"
#define PICKUP "/opt/zato/env/qs-1/server1/pickup/incoming/services/"

struct expected {
    const char *file; /* in tests/logs */
    const char *module;
    const char *path;
    int line;
    int column;
    const char *message;
};

/* The first traceback of a recorded log that begins with `opening`, up to the
 * line that is only a backtick. */
static char *recorded(const char *file, const char *opening)
{
    char *text = scratch_read(TESTS_DIR "/logs", file);
    assert_non_null(text);
    char *begin = strstr(text, opening);
    assert_non_null(begin);
    begin = strstr(begin, "Traceback (");
    assert_non_null(begin);
    char *end = strstr(begin, "\n`\n");
    assert_non_null(end);
    char *found = hb_strndup(begin, (size_t)(end + 1 - begin));
    free(text);
    return found;
}

static void check(const char *text, const char *module, const char *path,
                  int line, int column, const char *message)
{
    struct hb_traceback got;
    /* A copy of exactly its length, so that reading on is seen. */
    char *copy = malloc(strlen(text) + (text[0] == '\0'));
    memcpy(copy, text, strlen(text));
    bool found = hb_traceback_read(copy, strlen(text), module, path, &got);
    free(copy);
    assert_int_equal(got.line, line);
    assert_int_equal(got.column, column);
    if (message == NULL) {
        assert_false(found);
        assert_null(got.message);
    } else {
        assert_true(found);
        assert_string_equal(got.message, message);
    }
    hb_traceback_release(&got);
    assert_null(got.message);
}

static void real_ones_name_place_and_reason(void **state)
{
    static const struct expected all[] = {
        {"3.2/import-error.server1.log", "crm_import.py",
         COPIES "crm_import.py", 1, 0,
         "ModuleNotFoundError: No module named 'nosuchmodule'"},
        {"3.2/class-body-error.server1.log", "crm_body.py",
         COPIES "crm_body.py", 4, 0, "ZeroDivisionError: division by zero"},
        {"3.2/syntax-error.server1.log", "crm_syntax.py",
         COPIES "crm_syntax.py", 2, 26, "SyntaxError: invalid syntax"},
        {"4.1/import-error.server1.log", "sc_import.py", PICKUP "sc_import.py",
         1, 0, "ModuleNotFoundError: No module named 'no_such_module_xyz'"},
        {"4.1/module-body-error.server1.log", "sc_boom.py", PICKUP "sc_boom.py",
         4, 0, "ValueError: boom with newline\nsecond line"},
        {"4.1/syntax-error.server1.log", "sc_syntax.py", PICKUP "sc_syntax.py",
         3, 19, "SyntaxError: expected ':'"},
        {"4.1/broken-after-good.server1.log", "sc_two.py", PICKUP "sc_two.py",
         3, 19, "SyntaxError: expected ':'"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        char *text = recorded(all[i].file, "Could not load source");
        check(text, all[i].module, all[i].path, all[i].line, all[i].column,
              all[i].message);
        /* 2.0 and some lines give the name alone. */
        check(text, all[i].module, NULL, all[i].line, all[i].column,
              all[i].message);
        check(text, all[i].module, all[i].module, all[i].line, all[i].column,
              all[i].message);
        /* The bytes alone decide where it ends, not a NUL or a newline. */
        text[strlen(text) - 1] = '\0';
        check(text, all[i].module, all[i].path, all[i].line, all[i].column,
              all[i].message);
        free(text);
    }
}

static void the_second_server_says_the_same(void **state)
{
    static const char *const files[] = {"import-error", "class-body-error",
                                        "syntax-error"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        char *name = hb_format("3.2/%s.server2.log", files[i]);
        char *text = recorded(name, "Could not load source");
        struct hb_traceback got;
        assert_true(hb_traceback_read(text, strlen(text), "x.py", NULL, &got));
        assert_int_equal(got.line, 0); /* the module is another one */
        assert_non_null(strstr(got.message, "Error: "));
        hb_traceback_release(&got);
        free(text);
        free(name);
    }
}

#define HEAD "Traceback (most recent call last):\n"

static void of_chained_ones_the_last_speaks(void **state)
{
    (void)state;
    check(HEAD "  File \"" PICKUP "crm.py\", line 3, in <module>\n"
               "    a['x']\n"
               "KeyError: 'x'\n"
               "\n"
               "During handling of the above exception, another exception "
               "occurred:\n"
               "\n" HEAD "  File \"" PICKUP "crm.py\", line 5, in <module>\n"
               "    raise ValueError('no x')\n"
               "ValueError: no x\n",
          "crm.py", PICKUP "crm.py", 5, 0, "ValueError: no x");
    check(HEAD "  File \"" PICKUP "crm.py\", line 3, in <module>\n"
               "    a['x']\n"
               "KeyError: 'x'\n"
               "\n"
               "The above exception was the direct cause of the following "
               "exception:\n"
               "\n" HEAD "  File \"/usr/lib/python3/lib.py\", line 50, in go\n"
               "    raise LibError from e\n"
               "lib.errors.LibError\n",
          "crm.py", PICKUP "crm.py", 3, 0, "lib.errors.LibError");
}

static void carets_give_the_column(void **state)
{
    (void)state;
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in <module>\n"
               "    total = 1 / 0\n"
               "            ~~^~~\n"
               "ZeroDivisionError: division by zero\n",
          "crm.py", PICKUP "crm.py", 7, 11,
          "ZeroDivisionError: division by zero");
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in <module>\n"
               "    total = compute(1)\n"
               "            ^^^^^^^^^^\n"
               "  File \"/usr/lib/python3/lib.py\", line 2, in compute\n"
               "    return 1 / 0\n"
               "           ~~^~~\n"
               "ZeroDivisionError: division by zero\n",
          "crm.py", PICKUP "crm.py", 7, 9,
          "ZeroDivisionError: division by zero");
    /* The last frame of ours has none: nothing is left of the one before. */
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in <module>\n"
               "    total = compute(1)\n"
               "            ^^^^^^^^^^\n"
               "  File \"" PICKUP "crm.py\", line 2, in compute\n"
               "    raise ValueError\n"
               "ValueError\n",
          "crm.py", PICKUP "crm.py", 2, 0, "ValueError");
    /* Something else below the source line. */
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in <module>\n"
               "    total = compute(1)\n"
               "            ^^ not carets\n"
               "ValueError\n",
          "crm.py", PICKUP "crm.py", 7, 0, "ValueError");
    /* A source line that could not be shown. */
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in <module>\n"
               "ValueError\n",
          "crm.py", PICKUP "crm.py", 7, 0, "ValueError");
    check(HEAD "  File \"" PICKUP "crm.py\", line 7, in go\n"
               "    go()\n"
               "    ~~^^\n"
               "  [Previous line repeated 990 more times]\n"
               "RecursionError: maximum recursion depth exceeded\n",
          "crm.py", PICKUP "crm.py", 7, 3,
          "RecursionError: maximum recursion depth exceeded");
}

static void unicode_is_kept(void **state)
{
    (void)state;
    check(HEAD "  File \"" PICKUP "żółw.py\", line 2, in <module>\n"
               "    raise ValueError('顧客 ✓')\n"
               "ValueError: 顧客 ✓\n"
               "ciąg dalszy\n",
          "żółw.py", PICKUP "żółw.py", 2, 0, "ValueError: 顧客 ✓\nciąg dalszy");
}

static void frames_of_other_files_do_not_count(void **state)
{
    static const char text[] =
        HEAD "  File \"/elsewhere/crm.py\", line 40, in <module>\n"
             "    import x\n"
             "  File \"" PICKUP "other_crm.py\", line 41, in <module>\n"
             "    import x\n"
             "ImportError: x\n";
    (void)state;
    check(text, "crm.py", PICKUP "crm.py", 0, 0, "ImportError: x");
    check(text, "crm.py", NULL, 40, 0, "ImportError: x");
    check(HEAD "  File \"crm.py\", line 2, in <module>\n"
               "    import x\n"
               "ImportError: x\n",
          "crm.py", NULL, 2, 0, "ImportError: x");
}

/* Frames that stand in an exception's own text are text. */
static void a_message_may_quote_a_traceback(void **state)
{
    (void)state;
    check(HEAD "  File \"" PICKUP "crm.py\", line 2, in <module>\n"
               "    check()\n"
               "RuntimeError: the helper said:\n"
               "  File \"" PICKUP "crm.py\", line 99, in x\n"
               "    y\n",
          "crm.py", PICKUP "crm.py", 2, 0,
          "RuntimeError: the helper said:\n  File \"" PICKUP
          "crm.py\", line 99, in x\n    y");
}

static void groups_of_exceptions_speak_too(void **state)
{
    (void)state;
    check("  + Exception Group Traceback (most recent call last):\n"
          "  |   File \"/usr/lib/lib.py\", line 1189, in load\n"
          "  |     go()\n"
          "  |   File \"" PICKUP "crm.py\", line 3, in <module>\n"
          "  |     raise ExceptionGroup('two', [ValueError(1)])\n"
          "  | ExceptionGroup: two (1 sub-exception)\n"
          "  +-+---------------- 1 ----------------\n"
          "    | ValueError: 1\n"
          "    +------------------------------------\n",
          "crm.py", PICKUP "crm.py", 3, 0,
          "ExceptionGroup: two (1 sub-exception)");
}

static void what_holds_no_exception_is_refused(void **state)
{
    (void)state;
    check("", "crm.py", NULL, 0, 0, NULL);
    check("\n\n\n", "crm.py", NULL, 0, 0, NULL);
    check(HEAD, "crm.py", NULL, 0, 0, NULL);
    check("Traceback ", "crm.py", NULL, 0, 0, NULL);
    check(HEAD "  File \"" PICKUP "crm.py\", line 2, in <module>\n"
               "    import x\n",
          "crm.py", PICKUP "crm.py", 2, 0, NULL);
}

static void odd_frames_do_no_harm(void **state)
{
    static const char *const odd[] = {
        "  File \"",
        "  File \"\", line ",
        "  File \"x.py\", line ",
        "  File \"x.py\", line 99999999999999999999999, in x",
        "  File \"x.py\", line -3, in x",
        "  File x.py, line 3",
        "File \"x.py\", line 3",
        "    ",
        "    ^",
        "^^^^",
    };
    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct hb_traceback got;
        char *text = hb_format("%s%s\n%s", HEAD, odd[i], odd[i]);
        size_t len = strlen(text);
        for (size_t cut = 0; cut <= len; cut++) {
            char *piece = malloc(cut + (cut == 0));
            memcpy(piece, text, cut);
            hb_traceback_read(piece, cut, "x.py", NULL, &got);
            assert_true(got.line >= 0 && got.column >= 0);
            hb_traceback_release(&got);
            free(piece);
        }
        free(text);
    }
}

static void a_long_message_is_cut_between_characters(void **state)
{
    struct hb_buffer text = {0};
    struct hb_traceback got;
    (void)state;
    hb_buffer_print(&text, HEAD "ValueError: ");
    for (int i = 0; i < 5000; i++) {
        hb_buffer_print(&text, "ż");
    }
    assert_true(hb_traceback_read(text.data, text.len, "crm.py", NULL, &got));
    size_t len = strlen(got.message);
    assert_true(len > 3900 && len <= 4000);
    assert_true(hb_text_is_utf8(got.message, len));
    hb_traceback_release(&got);
    hb_buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_ones_name_place_and_reason),
        cmocka_unit_test(the_second_server_says_the_same),
        cmocka_unit_test(of_chained_ones_the_last_speaks),
        cmocka_unit_test(carets_give_the_column),
        cmocka_unit_test(unicode_is_kept),
        cmocka_unit_test(frames_of_other_files_do_not_count),
        cmocka_unit_test(a_message_may_quote_a_traceback),
        cmocka_unit_test(groups_of_exceptions_speak_too),
        cmocka_unit_test(what_holds_no_exception_is_refused),
        cmocka_unit_test(odd_frames_do_no_harm),
        cmocka_unit_test(a_long_message_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
