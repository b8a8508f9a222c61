/*
 * A history in a folder of its own, a loop, and each call of history.h as a
 * call that waits. Everything real: files, git, libgit2.
 */
#ifndef TESTS_UNIT_HISTORY_HARNESS_H
#define TESTS_UNIT_HISTORY_HARNESS_H

#include "base/clock.h"
#include "base/paths.h"
#include "history/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <git2.h>

#define UNUSED __attribute__((unused))

struct box {
    char *folder;
    char *path; /* of the repository */
    uv_loop_t loop;
    struct hb_history *history;
    char *notice;
    struct hb_error opened; /* why it could not be */
    unsigned ids;
};

/* What the last call gave. */
struct got {
    int calls;
    struct hb_error err;
    char commit[HB_OID_SIZE];
    struct hb_attempt_result attempt;
    struct hb_deploy *deploy;
    struct hb_deploy **deploys;
    size_t count;
    char *next;
    char *bytes;
    size_t len;
    struct hb_pending *pending; /* deploys, bytes and marks copied */
    struct hb_live *live;
};

UNUSED static bool box_open(struct box *box)
{
    struct hb_history_options options = {.path = box->path,
                                         .default_target = "dev"};
    hb_error_clear(&box->opened);
    free(box->notice);
    box->notice = NULL;
    box->history =
        hb_history_open(&box->loop, &options, &box->notice, &box->opened);
    return box->history != NULL;
}

UNUSED static void box_close(struct box *box)
{
    while (box->history != NULL && !hb_history_idle(box->history)) {
        uv_run(&box->loop, UV_RUN_ONCE);
    }
    hb_history_close(box->history);
    box->history = NULL;
    uv_run(&box->loop, UV_RUN_DEFAULT);
}

UNUSED static void box_make(struct box *box)
{
    char name[] = "/tmp/hb-history-XXXXXX";
    *box = (struct box){0};
    assert_non_null(mkdtemp(name));
    box->folder = hb_strdup(name);
    box->path = hb_path_join(name, "state/history.git");
    setenv("HOME", name, 1);
    unsetenv("XDG_CONFIG_HOME");
    char *config = hb_path_join(name, ".gitconfig");
    const char text[] = "[user]\n\tname = Ada Lovelace\n"
                        "\temail = ada@example.org\n";
    assert_true(
        hb_file_replace(config, text, sizeof text - 1, 0600, false, NULL));
    free(config);
    git_libgit2_init(); /* held, so that its threads' state stays in use */
    assert_int_equal(uv_loop_init(&box->loop), 0);
}

UNUSED static int box_setup(void **state)
{
    struct box *box = hb_alloc(sizeof *box);
    box_make(box);
    if (!box_open(box)) {
        fail_msg("%s", box->opened.message);
    }
    *state = box;
    return 0;
}

UNUSED static int box_teardown(void **state)
{
    struct box *box = *state;
    box_close(box);
    assert_int_equal(uv_loop_close(&box->loop), 0);
    char *command = hb_format("rm -rf '%s'", box->folder);
    assert_int_equal(system(command), 0);
    free(command);
    free(box->folder);
    free(box->path);
    free(box->notice);
    free(box);
    return 0;
}

UNUSED static void reopen(struct box *box)
{
    box_close(box);
    if (!box_open(box)) {
        fail_msg("%s", box->opened.message);
    }
}

/* Runs a command of the shell in the repository; its output, to be freed. */
UNUSED __attribute__((format(printf, 2, 3))) static char *
shell(struct box *box, const char *format, ...)
{
    char *command = NULL;
    va_list args;
    va_start(args, format);
    assert_true(vasprintf(&command, format, args) >= 0);
    va_end(args);
    char *whole = hb_format("cd '%s' && %s 2>&1", box->path, command);
    FILE *pipe = popen(whole, "r");
    assert_non_null(pipe);
    char *text = hb_alloc(1u << 20);
    size_t used = fread(text, 1, (1u << 20) - 1, pipe);
    text[used] = '\0';
    int code = pclose(pipe);
    if (code != 0) {
        print_error("%s: exit %d: %s\n", command, code, text);
    }
    assert_int_equal(code, 0);
    free(whole);
    free(command);
    return text;
}

#define expect(box, expected, ...)               \
    do {                                         \
        char *output_ = shell(box, __VA_ARGS__); \
        assert_string_equal(output_, expected);  \
        free(output_);                           \
    } while (0)

/* git fsck has nothing to say, and no flush of ours left a lock. */
UNUSED static void assert_sound(struct box *box)
{
    expect(box, "",
           "git fsck --full --strict --no-dangling --no-progress "
           "2>&1 | grep -v ^notice: | cat");
    expect(box, "", "find . -name '*.lock' -o -name 'tmp_*' -o -name '*.new*'");
}

UNUSED static struct hb_deploy *make_deploy(struct box *box, const char *module)
{
    struct hb_deploy *deploy = hb_deploy_new();
    snprintf(deploy->id, sizeof deploy->id, "00000000-0000-4000-8000-%012u",
             ++box->ids);
    deploy->target = hb_strdup("dev");
    deploy->module = hb_strdup(module);
    deploy->trigger = HB_TRIGGER_SAVE;
    deploy->state = HB_STATE_ACCEPTED;
    deploy->started = hb_clock_wall();
    hb_deploy_add_server(deploy, "server1");
    hb_deploy_add_server(deploy, "server2");
    return deploy;
}

/* Sets all servers and the outcome. */
UNUSED static void set_outcome(struct hb_deploy *deploy,
                               enum hb_outcome outcome,
                               enum hb_server_state state, const char *message)
{
    deploy->state = HB_STATE_DONE;
    deploy->outcome = outcome;
    hb_replace(&deploy->message, message);
    for (size_t i = 0; i < deploy->server_count; i++) {
        deploy->servers[i].state = state;
    }
}

/* ---- answers ---------------------------------------------------------- */

UNUSED static void got_release(struct got *got)
{
    hb_deploy_free(got->deploy);
    for (size_t i = 0; got->deploys != NULL && i < got->count; i++) {
        hb_deploy_free(got->deploys[i]);
    }
    for (size_t i = 0; got->pending != NULL && i < got->count; i++) {
        hb_deploy_free(got->pending[i].deploy);
        free(got->pending[i].bytes);
        for (size_t j = 0; j < got->pending[i].mark_count; j++) {
            free(got->pending[i].marks[j].server);
        }
        free(got->pending[i].marks);
    }
    for (size_t i = 0; got->live != NULL && i < got->count; i++) {
        free(got->live[i].module);
        free(got->live[i].server);
    }
    free(got->deploys);
    free(got->pending);
    free(got->live);
    free(got->next);
    free(got->bytes);
    memset(got, 0, sizeof *got);
}

static void note(struct got *got, const struct hb_error *err)
{
    got->calls++;
    if (err != NULL) {
        assert_int_not_equal(err->code, HB_OK);
        assert_string_not_equal(err->message, "");
        got->err = *err;
    }
}

UNUSED static void on_commit(void *user, const struct hb_error *err,
                             const char *commit)
{
    struct got *got = user;
    note(got, err);
    if (err == NULL) {
        snprintf(got->commit, sizeof got->commit, "%s", commit);
    }
}

UNUSED static void on_attempt(void *user, const struct hb_error *err,
                              const struct hb_attempt_result *result)
{
    struct got *got = user;
    note(got, err);
    if (err == NULL) {
        got->attempt = *result;
    }
}

UNUSED static void on_deploy(void *user, const struct hb_error *err,
                             const struct hb_deploy *deploy)
{
    struct got *got = user;
    note(got, err);
    if (err == NULL) {
        got->deploy = hb_deploy_copy(deploy);
    }
}

UNUSED static void on_list(void *user, const struct hb_error *err,
                           struct hb_deploy *const *deploys, size_t count,
                           const char *next)
{
    struct got *got = user;
    note(got, err);
    got->count = count;
    got->deploys = hb_alloc((count + 1) * sizeof *got->deploys);
    for (size_t i = 0; i < count; i++) {
        got->deploys[i] = hb_deploy_copy(deploys[i]);
    }
    got->next = hb_strdup(next);
}

UNUSED static void on_bytes(void *user, const struct hb_error *err,
                            const char *bytes, size_t len, const char *commit)
{
    struct got *got = user;
    note(got, err);
    if (err == NULL) {
        got->len = len;
        got->bytes = hb_alloc(len + 1);
        memcpy(got->bytes, bytes, len);
        snprintf(got->commit, sizeof got->commit, "%s", commit);
    }
}

UNUSED static void on_pending(void *user, const struct hb_error *err,
                              struct hb_pending *pending, size_t count)
{
    struct got *got = user;
    note(got, err);
    got->count = count;
    got->pending = hb_alloc((count + 1) * sizeof *got->pending);
    for (size_t i = 0; i < count; i++) {
        struct hb_pending *copy = &got->pending[i];
        *copy = pending[i];
        copy->deploy = hb_deploy_copy(pending[i].deploy);
        copy->bytes = hb_alloc(copy->len + 1);
        memcpy(copy->bytes, pending[i].bytes, copy->len);
        copy->marks = hb_alloc((copy->mark_count + 1) * sizeof *copy->marks);
        for (size_t j = 0; j < copy->mark_count; j++) {
            copy->marks[j] = pending[i].marks[j];
            copy->marks[j].server = hb_strdup(pending[i].marks[j].server);
        }
    }
}

UNUSED static void on_live(void *user, const struct hb_error *err,
                           const struct hb_live *live, size_t count)
{
    struct got *got = user;
    note(got, err);
    got->count = count;
    got->live = hb_alloc((count + 1) * sizeof *got->live);
    for (size_t i = 0; i < count; i++) {
        got->live[i] = live[i];
        got->live[i].module = hb_strdup(live[i].module);
        got->live[i].server = hb_strdup(live[i].server);
    }
}

/* Runs the loop until the call has answered; exactly once. */
UNUSED static void finish(struct box *box, struct got *got)
{
    while (got->calls == 0 || !hb_history_idle(box->history)) {
        assert_int_not_equal(uv_run(&box->loop, UV_RUN_ONCE) +
                                 (got->calls > 0) +
                                 !hb_history_idle(box->history),
                             0);
    }
    assert_int_equal(got->calls, 1);
}

UNUSED static void ok(const struct got *got)
{
    if (got->err.code != HB_OK) {
        fail_msg("%s", got->err.message);
    }
}

/* ---- calls that wait -------------------------------------------------- */

UNUSED static bool mark_log(const char *log, uint64_t *inode, uint64_t *offset)
{
    struct stat st;
    if (stat(log, &st) != 0) {
        return false;
    }
    *inode = st.st_ino;
    *offset = (uint64_t)st.st_size;
    return true;
}

UNUSED static struct got
attempt(struct box *box, const struct hb_deploy *deploy, const char *bytes)
{
    struct got got = {0};
    hb_history_attempt(box->history, deploy, bytes, strlen(bytes), NULL,
                       mark_log, on_attempt, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got outcome(struct box *box,
                                 const struct hb_deploy *deploy)
{
    struct got got = {0};
    hb_history_outcome(box->history, deploy, on_commit, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got late(struct box *box, const struct hb_deploy *deploy)
{
    struct got got = {0};
    hb_history_late(box->history, deploy, on_commit, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got found(struct box *box, const char *module,
                               const char *bytes)
{
    struct got got = {0};
    hb_history_found(box->history, "dev", module, "/srv/zato/pickup/x.py",
                     bytes, strlen(bytes), on_commit, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got get(struct box *box, const char *id)
{
    struct got got = {0};
    hb_history_get(box->history, id, on_deploy, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got list(struct box *box, const char *module, size_t limit,
                              const char *before, bool all)
{
    struct got got = {0};
    struct hb_history_query query = {.target = "dev",
                                     .module = module,
                                     .limit = limit,
                                     .before = before,
                                     .all = all};
    hb_history_list(box->history, &query, on_list, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got pending(struct box *box)
{
    struct got got = {0};
    hb_history_pending(box->history, on_pending, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got live(struct box *box, const char *module)
{
    struct got got = {0};
    hb_history_live(box->history, "dev", module, on_live, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got source(struct box *box, const char *module,
                                const char *commit)
{
    struct got got = {0};
    hb_history_source(box->history, "dev", module, commit, on_bytes, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got diff(struct box *box, const char *module,
                              const char *from, const char *to)
{
    struct got got = {0};
    hb_history_diff(box->history, "dev", module, from, to, on_bytes, &got);
    finish(box, &got);
    return got;
}

UNUSED static struct got rollback(struct box *box, const char *module,
                                  const char *commit, const char *now)
{
    struct got got = {0};
    hb_history_rollback(box->history, "dev", module, commit, now, on_bytes,
                        &got);
    finish(box, &got);
    return got;
}

/* A whole deploy; the commit, in out unless that is NULL. */
UNUSED static void run_deploy(struct box *box, const char *module,
                              const char *bytes, enum hb_trigger trigger,
                              enum hb_outcome result, char out[HB_OID_SIZE])
{
    struct hb_deploy *deploy = make_deploy(box, module);
    deploy->trigger = trigger;
    struct got begun = attempt(box, deploy, bytes);
    ok(&begun);
    enum hb_server_state state =
        result == HB_OUTCOME_DEPLOYED ? HB_SERVER_CONFIRMED
        : result == HB_OUTCOME_FAILED ? HB_SERVER_FAILED
                                      : HB_SERVER_SILENT;
    set_outcome(deploy, result, state, hb_outcome_word(result));
    hb_text_blob_id(bytes, strlen(bytes), deploy->blob);
    struct got ended = outcome(box, deploy);
    ok(&ended);
    if (out != NULL) {
        memcpy(out, ended.commit, HB_OID_SIZE);
    }
    got_release(&begun);
    got_release(&ended);
    hb_deploy_free(deploy);
}

#endif
