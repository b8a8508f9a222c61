#include "check/module.h"

#include "check/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MIB (1024u * 1024)

static bool name_ok(const char *module)
{
    struct hb_error err = {0};
    bool ok = hb_module_check_name(module, &err);
    assert_int_equal(err.code, ok ? HB_OK : HB_EMODULE);
    assert_true(hb_text_is_utf8(err.message, strlen(err.message)));
    return ok;
}

static bool bytes_ok_len(const char *bytes, size_t len)
{
    struct hb_error err = {0};
    bool ok = hb_module_check_bytes(bytes, len, MIB, &err);
    assert_int_equal(err.code, ok ? HB_OK : HB_EMODULE);
    assert_true(hb_text_is_utf8(err.message, strlen(err.message)));
    return ok;
}

static bool bytes_ok(const char *bytes)
{
    return bytes_ok_len(bytes, strlen(bytes));
}

static bool marked(const char *bytes)
{
    return hb_module_has_marker(bytes, strlen(bytes));
}

static void names_are_python_identifiers(void **state)
{
    static const char *const good[] = {"crm.py",
                                       "_.py",
                                       "a1.py",
                                       "CRM_2.py",
                                       "matched.py",
                                       "match.py",
                                       "type.py",
                                       "za\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87.py",
                                       "\xE6\x97\xA5\xE6\x9C\xAC.py",
                                       "none.py",
                                       "a.py",
                                       "__init__.py"};
    static const char *const bad[] = {"",
                                      ".py",
                                      "py",
                                      "crm",
                                      "crm.PY",
                                      "crm.pyc",
                                      "1a.py",
                                      "a-b.py",
                                      "a b.py",
                                      "a.b.py",
                                      "../a.py",
                                      "/a.py",
                                      "a/b.py",
                                      "a\\b.py",
                                      "..py",
                                      "class.py",
                                      "None.py",
                                      "async.py",
                                      " a.py",
                                      "a.py ",
                                      "a.py\n",
                                      "a\n.py",
                                      "a\x01.py",
                                      "a\xFF.py",
                                      "\xC0\xAF.py",
                                      "caf\xC3.py",
                                      "\xE2\x82\xAC.py",
                                      "\xF0\x9F\x8C\x8D.py",
                                      "-a.py",
                                      "a;b.py",
                                      "a\".py",
                                      "$a.py",
                                      "a\xE2\x80\xAE.py"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!name_ok(good[i])) {
            fail_msg("%s is a module's name", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (name_ok(bad[i])) {
            fail_msg("%s is no module's name", bad[i]);
        }
    }
}

static void a_name_leaves_room_for_what_the_server_adds(void **state)
{
    char name[302];
    (void)state;
    memset(name, 'a', sizeof name);
    memcpy(name + 197, ".py", 4);
    assert_true(name_ok(name));
    memset(name, 'a', sizeof name);
    memcpy(name + 198, ".py", 4);
    assert_false(name_ok(name));
}

static void names_that_hide_others_are_warned_of(void **state)
{
    struct hb_deploy *deploy = hb_deploy_new();
    (void)state;
    hb_module_warn_name(deploy, "crm.py");
    hb_module_warn_name(deploy, "jsonx.py");
    hb_module_warn_name(deploy, "jso.py");
    assert_int_equal(deploy->warning_count, 0);
    hb_module_warn_name(deploy, "json.py");
    hb_module_warn_name(deploy, "imp.py");
    hb_module_warn_name(deploy, "_pyrepl.py");
    hb_module_warn_name(deploy, "zato.py");
    assert_int_equal(deploy->warning_count, 4);
    assert_string_equal(deploy->warnings[0].code, "shadows-stdlib");
    assert_string_equal(deploy->warnings[2].code, "shadows-stdlib");
    assert_string_equal(deploy->warnings[3].code, "shadows-zato");
    hb_deploy_free(deploy);
}

/* Every name that a Python here knows must be found in the table: it would
 * not be if the table were out of order. */
static void the_table_holds_what_python_says(void **state)
{
    static const char question[] =
        "python3 -c 'import sys; print(\"\\n\".join(n for n in "
        "getattr(sys, \"stdlib_module_names\", [\"json\"])))'";
    char name[128];
    size_t count = 0;
    FILE *answer = popen(question, "r");
    (void)state;
    assert_non_null(answer);
    while (fgets(name, sizeof name, answer) != NULL) {
        size_t len = strcspn(name, "\n");
        if (!hb_name_is_stdlib(name, len)) {
            fail_msg("%s is not in the table", name);
        }
        count++;
    }
    pclose(answer);
    assert_true(count > 0);
    assert_true(hb_name_is_keyword("yield", 5));
    assert_false(hb_name_is_keyword("yiel", 4));
    assert_false(hb_name_is_keyword("yields", 6));
}

static void bytes_are_utf8_without_nul(void **state)
{
    struct hb_error err = {0};
    (void)state;
    assert_true(bytes_ok_len(NULL, 0));
    assert_true(bytes_ok("x = 1\n"));
    assert_true(bytes_ok("\xEF\xBB\xBFx = 1\r\n"));
    assert_true(bytes_ok("x = '\xF0\x9F\x8C\x8D'"));
    assert_false(bytes_ok("x = '\xFF'"));
    assert_false(bytes_ok_len("x = 1\0\n", 7));
    assert_false(bytes_ok("\xFF\xFEx\0"));
    assert_false(hb_module_check_bytes("a\nb\n\xE9\n", 6, MIB, &err));
    assert_non_null(strstr(err.message, "line 3"));
    assert_true(hb_module_check_bytes("12345", 5, 5, NULL));
    assert_false(hb_module_check_bytes("123456", 6, 5, NULL));
}

static void cookies_name_utf8_or_nothing(void **state)
{
    static const char *const good[] = {
        "# -*- coding: utf-8 -*-\n",
        "# coding=UTF8\n",
        "#!/usr/bin/python\n# vim: set fileencoding=utf_8 :\n",
        "\xEF\xBB\xBF# coding: utf-8-sig\n",
        "\n  # coding: utf-8\n",
        "x = 1\n# coding: latin-1\n", /* code comes before */
        "\n\n# coding: latin-1\n",    /* the third line */
        "x = 1 # coding: latin-1\n",  /* behind code */
        "# coding latin-1\n",         /* no ":" */
        "# coding : latin-1\n",       /* a blank before it */
        "# coding:\n",
        "'''\n# coding: latin-1'''\n",
        "# encodings: \n",
    };
    static const char *const bad[] = {
        "# -*- coding: latin-1 -*-\n",
        "# coding: ascii",
        "\xEF\xBB\xBF# coding: cp1250\n",
        "\n# coding: latin-1\n",
        "#!/usr/bin/python\r\n# coding=iso8859-2\r\n",
        "#!/usr/bin/python\r# coding=iso8859-2\r",
        "\f # fileencoding=big5\n",
        "# coding: utf-16\n",
        "# coding: utf-7\n",
        "# coding coding: latin-1 coding: utf-8\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!bytes_ok(good[i])) {
            fail_msg("should pass: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (bytes_ok(bad[i])) {
            fail_msg("should not pass: %s", bad[i]);
        }
    }
}

static void the_marker_is_found_in_each_of_its_forms(void **state)
{
    static const char *const good[] = {
        "# zato: ide-deploy=True",
        "#zato:ide-deploy=true\n",
        "\xEF\xBB\xBF# zato : ide-deploy = TRUE\r\n",
        "x = 1\n\t# zato:\tide-deploy\t=\ttRuE # yes\n",
        "x = 1 # zato: ide-deploy=True\n",
        "### zato: ide-deploy=True\n",
        "x\r# zato: ide-deploy=True\r",
        "# zato: ide-deploy=True, please\n",
    };
    static const char *const bad[] = {
        "",
        "zato: ide-deploy=True\n",
        "# zato: ide-deploy=False\n",
        "# zato: ide-deploy=Truey\n",
        "# zato: ide-deploy=True1\n",
        "# zato: ide-deploy=True\xC5\xBC\n",
        "# zato: ide-deploy\n",
        "# zato: ide-deploy=\nTrue\n",
        "# zato ide-deploy=True\n",
        "# Zato: ide-deploy=True\n",
        "# zato: ide_deploy=True\n",
        "# zato: ide-deploy=Tru",
        "#",
        "# zato:",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!marked(good[i])) {
            fail_msg("should be marked: %s", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (marked(bad[i])) {
            fail_msg("should not be marked: %s", bad[i]);
        }
    }
    assert_false(hb_module_has_marker(NULL, 0));
    /* Not one byte behind the end is looked at. */
    assert_false(hb_module_has_marker("# zato: ide-deploy=True", 22));
}

static void the_marker_stands_in_the_first_hundred_lines(void **state)
{
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char text[1024] = "";
        for (int line = 1; line < HB_MARKER_LINES; line++) {
            strcat(text, ends[i]);
        }
        size_t len = strlen(text);
        strcpy(text + len, "# zato: ide-deploy=True");
        assert_true(marked(text));
        strcpy(text + len, ends[i]);
        strcat(text, "# zato: ide-deploy=True");
        assert_false(marked(text));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_python_identifiers),
        cmocka_unit_test(a_name_leaves_room_for_what_the_server_adds),
        cmocka_unit_test(names_that_hide_others_are_warned_of),
        cmocka_unit_test(the_table_holds_what_python_says),
        cmocka_unit_test(bytes_are_utf8_without_nul),
        cmocka_unit_test(cookies_name_utf8_or_nothing),
        cmocka_unit_test(the_marker_is_found_in_each_of_its_forms),
        cmocka_unit_test(the_marker_stands_in_the_first_hundred_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
