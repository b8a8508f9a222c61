#include "check/syntax.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Seconds after which a test that still waits has failed. */
#define PATIENCE 60.0

struct answer {
    int count; /* how often `done` ran */
    enum hb_syntax verdict;
    int line;
    int column;
    char message[512];
    char version[16];
    int order;
    int *counter;
};

struct fixture {
    uv_loop_t loop;
    struct hb_syntax_checker *checker;
    char folder[64];
    char *path; /* PATH as it was */
    int counter;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/hb-syntax-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    f->path = hb_strdup(getenv("PATH"));
    assert_int_equal(uv_loop_init(&f->loop), 0);
    f->checker = hb_syntax_checker_new(&f->loop);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hb_syntax_checker_free(f->checker);
    uv_run(&f->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&f->loop), 0);
    /* No child is left, alive or dead. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    setenv("PATH", f->path, 1);
    char *command = hb_format("rm -rf %s", f->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(f->path);
    free(f);
    return 0;
}

static void done(void *user, const struct hb_syntax_result *result)
{
    struct answer *answer = user;
    answer->count++;
    answer->verdict = result->verdict;
    answer->line = result->line;
    answer->column = result->column;
    snprintf(answer->message, sizeof answer->message, "%s",
             result->message != NULL ? result->message : "");
    snprintf(answer->version, sizeof answer->version, "%s",
             result->version != NULL ? result->version : "");
    if (answer->counter != NULL) {
        answer->order = ++*answer->counter;
    }
}

static void tick(uv_timer_t *timer)
{
    (void)timer;
}

/* Runs the loop until there is an answer. */
static void await(struct fixture *f, const struct answer *answer)
{
    double deadline = hb_clock_monotonic() + PATIENCE;
    uv_timer_t timer;
    uv_timer_init(&f->loop, &timer);
    uv_timer_start(&timer, tick, 10, 10);
    while (answer->count == 0 && hb_clock_monotonic() < deadline) {
        uv_run(&f->loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(answer->count, 1);
}

static void ask(struct fixture *f, const char *python, const char *source,
                struct answer *answer)
{
    hb_syntax_check(f->checker, python, NULL, "crm.py", source, strlen(source),
                    done, answer);
    assert_int_equal(answer->count, 0);
}

static void judge(struct fixture *f, const char *source, struct answer *answer)
{
    *answer = (struct answer){0};
    ask(f, NULL, source, answer);
    await(f, answer);
}

/* A script that stands where a Python should. */
static char *script(struct fixture *f, const char *name, const char *text)
{
    char *path = hb_format("%s/%s", f->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(chmod(path, 0755), 0);
    return path;
}

/* The helper's pid: our only child whose command line has "-I -S -B". */
static pid_t find_helper(void)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;
    assert_non_null(proc);
    while ((entry = readdir(proc)) != NULL) {
        char path[300];
        char stat[512] = "";
        int parent = 0;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            continue;
        }
        char *end =
            fgets(stat, sizeof stat, file) != NULL ? strrchr(stat, ')') : NULL;
        fclose(file);
        if (end != NULL && sscanf(end, ") %*c %d", &parent) == 1 &&
            parent == getpid()) {
            found = atoi(entry->d_name);
        }
    }
    closedir(proc);
    return found;
}

static void good_modules_pass(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    judge(f, "from zato.server.service import Service\n", &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    assert_true(a.version[0] == '3' && a.version[1] == '.');
    judge(f, "", &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    judge(f, "\xEF\xBB\xBFx = 1\r\ny = 2\r\n", &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    judge(f, "x = 1 is 1\nassert (1, 2)\n'\\d'\n", &a); /* only warnings */
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
}

static void errors_have_line_and_column_in_code_points(void **state)
{
    static const struct {
        const char *source;
        int line;
        int column;
        const char *message;
    } cases[] = {
        {"x = 1 )\n", 1, 7, "SyntaxError: "},
        {"x = '\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87' )\n", 1, 12, "SyntaxError: "},
        {"# \xC3\xA9\r\nx = '\xF0\x9F\x8C\x8D' )\r\n", 2, 9, "SyntaxError: "},
        /* Found by the compiler proper, which counts bytes. */
        {"x = '\xC5\xBC\xC3\xB3\xC5\x82\xC4\x87'; return 1\n", 1, 13,
         "SyntaxError: 'return' outside function"},
        {"\xEF\xBB\xBFx = 1\nbreak\n", 2, 1, "SyntaxError: 'break' outside"},
        {"def f():\n  x = '\xC5\xBC'; nonlocal z\n", 2, 12, "SyntaxError: no"},
        {"  x = 1\n", 1, 0, "IndentationError: unexpected indent"},
        {"if 1:\n        x\n\ty\n", 3, 0, "TabError: "},
    };
    struct fixture *f = *state;
    struct answer a;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        judge(f, cases[i].source, &a);
        assert_int_equal(a.verdict, HB_SYNTAX_BAD);
        assert_int_equal(a.line, cases[i].line);
        if (cases[i].column != 0) {
            assert_int_equal(a.column, cases[i].column);
        }
        assert_non_null(strstr(a.message, cases[i].message));
    }
}

static void nothing_of_the_module_is_run(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char *source = hb_format("open('%s/ran', 'w')\nimport nosuch\n", f->folder);
    char *ran = hb_format("%s/ran", f->folder);
    judge(f, source, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    assert_int_equal(access(ran, F_OK), -1);
    free(ran);
    free(source);
}

static void the_helper_stays_warm(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    judge(f, "x = 1\n", &a);
    pid_t first = find_helper();
    judge(f, "x = 2\n", &a);
    assert_true(first > 0);
    assert_int_equal(find_helper(), first);
}

static char *repeat(const char *part, size_t count, const char *tail)
{
    size_t len = strlen(part);
    char *text = hb_alloc(len * count + strlen(tail) + 1);
    for (size_t i = 0; i < count; i++) {
        memcpy(text + i * len, part, len);
    }
    strcpy(text + len * count, tail);
    return text;
}

static void nesting_is_survived(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char *minus = repeat("-", 200000, "1\n");
    char *dots = repeat("a.", 300000, "b\n");
    judge(f, minus, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
    assert_non_null(strstr(a.message, "syntax was not checked"));
    judge(f, dots, &a);
    assert_int_not_equal(a.verdict, HB_SYNTAX_BAD);
    judge(f, "x = (\n", &a);
    assert_int_equal(a.verdict, HB_SYNTAX_BAD);
    free(minus);
    free(dots);
}

/* On a machine that is busy with other things a check may run out of its time:
 * that one says nothing about the module, and is made again. */
static void judge_patiently(struct fixture *f, const char *source,
                            struct answer *a)
{
    double begun = hb_clock_monotonic();
    do {
        judge(f, source, a);
    } while (a->verdict == HB_SYNTAX_SKIPPED &&
             strstr(a->message, "longer than") != NULL &&
             hb_clock_monotonic() - begun < PATIENCE);
}

static void large_modules_are_checked(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char *good =
        repeat("def f(self):\n    x = {'a': [1, 2, 3]}\n\n", 26000, "");
    char *bad = repeat("def f(self):\n    x = {'a': [1, 2, 3]}\n\n", 10000,
                       "'\xC5\xBC' x\n");
    judge_patiently(f, good, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    judge_patiently(f, bad, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_BAD);
    assert_int_equal(a.line, 30001);
    free(good);
    free(bad);
}

static void a_module_that_takes_too_much_is_skipped(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    char *bomb = repeat("a;", 3 * 1024 * 1024, "\n");
    judge(f, bomb, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
    judge(f, "x = 1\n", &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    free(bomb);
}

static void a_helper_that_is_killed_costs_one_check(void **state)
{
    struct fixture *f = *state;
    struct answer first = {0};
    struct answer second = {0};
    struct answer warm;
    char *long_one = repeat("x = 1 + 2\n", 24000, "");
    judge(f, "x = 1\n", &warm);
    ask(f, NULL, long_one, &first);
    ask(f, NULL, "x = 1 )\n", &second);
    uv_run(&f->loop, UV_RUN_NOWAIT);
    assert_int_equal(kill(find_helper(), SIGKILL), 0);
    await(f, &first);
    await(f, &second);
    assert_int_equal(first.verdict, HB_SYNTAX_SKIPPED);
    assert_non_null(strstr(first.message, "signal 9"));
    assert_int_equal(second.verdict, HB_SYNTAX_BAD);
    free(long_one);
}

static void a_helper_killed_while_idle_costs_nothing(void **state)
{
    struct fixture *f = *state;
    struct answer a;
    judge(f, "x = 1\n", &a);
    assert_int_equal(kill(find_helper(), SIGKILL), 0);
    judge(f, "x = 1 )\n", &a);
    /* The kill may be noticed only once the request is on its way. */
    if (a.verdict == HB_SYNTAX_SKIPPED) {
        judge(f, "x = 1 )\n", &a);
    }
    assert_int_equal(a.verdict, HB_SYNTAX_BAD);
}

static void a_python_that_hangs_is_skipped(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    char *python = script(f, "python", "#!/bin/sh\nsleep 1000\n");
    double start = hb_clock_monotonic();
    ask(f, python, "x = 1\n", &a);
    await(f, &a);
    double took = hb_clock_monotonic() - start;
    assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
    assert_true(took > HB_SYNTAX_SECONDS - 0.1);
    assert_true(took < HB_SYNTAX_SECONDS + 3);
    free(python);
}

static void a_helper_that_hangs_in_a_check_is_skipped(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    struct answer b = {0};
    char *python =
        script(f, "python", "#!/bin/sh\necho hotbridge 3.10\nsleep 1000\n");
    ask(f, python, "x = 1\n", &a);
    ask(f, python, "x = 1\n", &b);
    await(f, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
    assert_int_equal(b.count, 0);
    await(f, &b);
    assert_int_equal(b.verdict, HB_SYNTAX_SKIPPED);
    free(python);
}

static void garbage_is_no_answer(void **state)
{
    static const char *const garbage[] = {
        "echo hotbridge 3.10\nread x\nprintf 'nonsense\\n'\ncat >/dev/null\n",
        "echo hotbridge 3.10\nread x\nprintf '999 good\\n'\ncat >/dev/null\n",
        "echo hotbridge 3.10\nread x\nprintf '1 good\\n1 good\\n'\nsleep 9\n",
        "echo hotbridge 3.10\nread x\nprintf '1 bad 1\\n'\nsleep 9\n",
        "echo hotbridge 3.10\nread x\nprintf '1 bad 1 1 \\377\\n'\nsleep 9\n",
        "echo hotbridge 3.10\nread x\nyes | tr -d '\\n'\n",
        "echo hotbridge 3.10\nread x\nprintf '1 go\\000od\\n'\nsleep 9\n",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof garbage / sizeof *garbage; i++) {
        struct answer a = {0};
        char *text = hb_format("#!/bin/sh\n%s", garbage[i]);
        char *name = hb_format("python%zu", i);
        char *python = script(f, name, text);
        /* The first request of each checker has id 1. */
        hb_syntax_checker_free(f->checker);
        f->checker = hb_syntax_checker_new(&f->loop);
        ask(f, python, "x = 1\n", &a);
        await(f, &a);
        assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
        free(python);
        free(name);
        free(text);
    }
}

static void a_python_that_cannot_run_gives_way(void **state)
{
    static const char *const useless[] = {
        "#!/bin/sh\necho 'command not found' >&2\nexit 127\n",
        "#!/no/such/interpreter\n",
        "#!/bin/sh\necho Python 2.7\ncat\n",
        "",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof useless / sizeof *useless; i++) {
        struct answer a = {0};
        struct answer b = {0};
        char *name = hb_format("python%zu", i);
        char *python = script(f, name, useless[i]);
        ask(f, python, "x = 1 )\n", &a);
        ask(f, python, "x = 1\n", &b);
        await(f, &a);
        await(f, &b);
        assert_int_equal(a.verdict, HB_SYNTAX_BAD);
        assert_int_equal(b.verdict, HB_SYNTAX_GOOD);
        free(python);
        free(name);
    }
}

static void without_python_it_is_skipped_and_said(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    struct answer b = {0};
    setenv("PATH", f->folder, 1);
    ask(f, "/no/such/python", "x = 1\n", &a);
    await(f, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_SKIPPED);
    assert_non_null(strstr(a.message, "install python3"));
    hb_syntax_check(f->checker, NULL, "2.7", "crm.py", "print 1\n", 8, done,
                    &b);
    await(f, &b);
    assert_int_equal(b.verdict, HB_SYNTAX_SKIPPED);
    assert_non_null(strstr(b.message, "Python 2"));
}

static void the_python_of_that_version_is_taken(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    char *text = hb_strdup("#!/bin/sh\necho hotbridge 3.77\nread id rest\n"
                           "echo \"$id good\"\ncat >/dev/null\n");
    char *python = script(f, "python3.77", text);
    char *path = hb_format("relative::%s:%s", f->folder, f->path);
    setenv("PATH", path, 1);
    hb_syntax_check(f->checker, NULL, "3.77", "crm.py", "x = (\n", 6, done, &a);
    await(f, &a);
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    assert_string_equal(a.version, "3.77");
    free(path);
    free(python);
    free(text);
}

static void the_environment_is_scrubbed(void **state)
{
    struct fixture *f = *state;
    struct answer a = {0};
    char *text =
        hb_format("#!/bin/sh\nenv >%s/env\nexec python3 \"$@\"\n", f->folder);
    char *python = script(f, "python", text);
    setenv("PYTHONPATH", "/nowhere", 1);
    setenv("HB_TEST_SECRET", "canary", 1);
    ask(f, python, "x = 1\n", &a);
    await(f, &a);
    unsetenv("PYTHONPATH");
    unsetenv("HB_TEST_SECRET");
    assert_int_equal(a.verdict, HB_SYNTAX_GOOD);
    char *command =
        hb_format("grep -q 'PYTHONPATH\\|canary' %s/env", f->folder);
    assert_int_not_equal(system(command), 0);
    free(command);
    free(python);
    free(text);
}

static void fifty_are_answered_in_order(void **state)
{
    struct fixture *f = *state;
    struct answer answers[50] = {0};
    for (int i = 0; i < 50; i++) {
        char *source = hb_format("%.*sx = %s\n", i, "\n\n\n\n\n\n\n\n\n\n",
                                 i % 2 == 0 ? "1" : ")");
        answers[i].counter = &f->counter;
        ask(f, NULL, source, &answers[i]);
        free(source);
    }
    await(f, &answers[49]);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(answers[i].count, 1);
        assert_int_equal(answers[i].order, i + 1);
        assert_int_equal(answers[i].verdict,
                         i % 2 == 0 ? HB_SYNTAX_GOOD : HB_SYNTAX_BAD);
    }
}

static void several_pythons_work_side_by_side(void **state)
{
    struct fixture *f = *state;
    struct answer slow = {0};
    struct answer quick = {0};
    char *python = script(f, "python", "#!/bin/sh\nsleep 1000\n");
    ask(f, python, "x = 1\n", &slow);
    ask(f, NULL, "x = 1\n", &quick);
    await(f, &quick);
    assert_int_equal(quick.verdict, HB_SYNTAX_GOOD);
    assert_int_equal(slow.count, 0);
    await(f, &slow);
    free(python);
}

static void too_much_that_waits_is_refused(void **state)
{
    struct fixture *f = *state;
    struct answer answers[10] = {0};
    size_t len = 8u * 1024 * 1024;
    char *source = hb_alloc(len);
    memset(source, '#', len);
    char *python = script(f, "python", "#!/bin/sh\nsleep 1000\n");
    for (int i = 0; i < 10; i++) {
        hb_syntax_check(f->checker, python, NULL, "crm.py", source, len, done,
                        &answers[i]);
    }
    await(f, &answers[8]);
    await(f, &answers[9]);
    assert_int_equal(answers[9].verdict, HB_SYNTAX_SKIPPED);
    assert_non_null(strstr(answers[9].message, "too many"));
    assert_int_equal(answers[7].count, 0);
    hb_syntax_checker_free(f->checker);
    f->checker = NULL;
    for (int i = 0; i < 10; i++) {
        assert_int_equal(answers[i].count, 1);
    }
    free(python);
    free(source);
}

static void freeing_answers_what_waits(void **state)
{
    struct fixture *f = *state;
    struct answer answers[5] = {0};
    struct answer warm;
    judge(f, "x = 1\n", &warm);
    for (int i = 0; i < 5; i++) {
        ask(f, NULL, "x = 1\n", &answers[i]);
    }
    uv_run(&f->loop, UV_RUN_NOWAIT);
    hb_syntax_checker_free(f->checker);
    f->checker = NULL;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(answers[i].count, 1);
    }
}

struct nested {
    struct fixture *f;
    struct answer again;
    int count;
};

static void free_inside(void *user, const struct hb_syntax_result *result)
{
    struct nested *nested = user;
    (void)result;
    if (nested->count++ == 0) {
        hb_syntax_check(nested->f->checker, NULL, NULL, "crm.py", "x", 1, done,
                        &nested->again);
        hb_syntax_checker_free(nested->f->checker);
        nested->f->checker = NULL;
    }
}

static void it_may_be_freed_by_an_answer(void **state)
{
    struct fixture *f = *state;
    struct nested nested = {.f = f};
    hb_syntax_check(f->checker, NULL, NULL, "crm.py", "x = (", 5, free_inside,
                    &nested);
    hb_syntax_check(f->checker, NULL, NULL, "crm.py", "x = (", 5, free_inside,
                    &nested);
    await(f, &nested.again);
    assert_int_equal(nested.count, 2);
    assert_int_equal(nested.again.verdict, HB_SYNTAX_SKIPPED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_modules_pass),
        TEST(errors_have_line_and_column_in_code_points),
        TEST(nothing_of_the_module_is_run),
        TEST(the_helper_stays_warm),
        TEST(nesting_is_survived),
        TEST(large_modules_are_checked),
        TEST(a_module_that_takes_too_much_is_skipped),
        TEST(a_helper_that_is_killed_costs_one_check),
        TEST(a_helper_killed_while_idle_costs_nothing),
        TEST(a_python_that_hangs_is_skipped),
        TEST(a_helper_that_hangs_in_a_check_is_skipped),
        TEST(garbage_is_no_answer),
        TEST(a_python_that_cannot_run_gives_way),
        TEST(without_python_it_is_skipped_and_said),
        TEST(the_python_of_that_version_is_taken),
        TEST(the_environment_is_scrubbed),
        TEST(fifty_are_answered_in_order),
        TEST(several_pythons_work_side_by_side),
        TEST(too_much_that_waits_is_refused),
        TEST(freeing_answers_what_waits),
        TEST(it_may_be_freed_by_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
