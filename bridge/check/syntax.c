#include "check/syntax.h"

#include "base/alloc.h"
#include "check/process.h"
#include "check/python.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* Bytes of modules that wait for their check, all together. */
#define WAITING_BYTES_MAX (64u * 1024 * 1024)
/* A helper without work is ended after this. */
#define IDLE_MS (60u * 1000)
/* A Python that could not be used is not tried again for this long; one that
 * was only slow to start, as on a busy machine, for this long. */
#define BAD_MS (60u * 1000)
#define SLOW_MS (5u * 1000)

struct check {
    struct check *next;
    uint64_t id;
    char *name;
    char *bytes;
    size_t len;
    struct hb_strings pythons; /* to try, in order */
    size_t tried;
    bool python2; /* the server's Python is one that we do not speak to */
    char *why;    /* what the last one tried said, or NULL */
    hb_syntax_fn done;
    void *user;
    /* Its answer, once there is one. */
    struct hb_syntax_result result;
    char *message;
    char *version;
};

struct checks {
    struct check *first;
    struct check *last;
};

/* A Python executable, the checks that wait for it, and its helper. */
struct python {
    struct python *next;
    struct hb_syntax_checker *checker;
    char *path;
    char *version; /* NULL until its helper is ready */
    struct hb_check_process *process;
    bool busy; /* the first check is with the helper */
    uint64_t bad_until;
    struct checks waiting;
};

struct hb_syntax_checker {
    uv_loop_t *loop;
    uv_timer_t answer_timer;
    uv_timer_t idle_timer;
    size_t open; /* timers and helpers that are not closed yet */
    bool closing;
    uint64_t last_id;
    size_t waiting_bytes;
    struct python *pythons;
    struct checks answers;
};

static void push(struct checks *checks, struct check *check)
{
    check->next = NULL;
    if (checks->last == NULL) {
        checks->first = check;
    } else {
        checks->last->next = check;
    }
    checks->last = check;
}

static struct check *pop(struct checks *checks)
{
    struct check *check = checks->first;
    if (check != NULL) {
        checks->first = check->next;
        if (checks->first == NULL) {
            checks->last = NULL;
        }
    }
    return check;
}

static void check_free(struct check *check)
{
    hb_strings_release(&check->pythons);
    free(check->name);
    free(check->bytes);
    free(check->why);
    free(check->message);
    free(check->version);
    free(check);
}

/* Calls back into the owner, who may ask for more or free the checker. */
static void deliver(struct hb_syntax_checker *checker)
{
    struct check *check;
    while ((check = pop(&checker->answers)) != NULL) {
        check->result.message = check->message;
        check->result.version = check->version;
        check->done(check->user, &check->result);
        check_free(check);
    }
}

static void deliver_later(uv_timer_t *timer)
{
    deliver(timer->data);
}

static void answer(struct hb_syntax_checker *checker, struct check *check,
                   const struct hb_syntax_result *result, const char *version)
{
    check->result = *result;
    check->message = hb_strdup(result->message);
    check->version = hb_strdup(version);
    checker->waiting_bytes -= check->len;
    free(check->bytes);
    check->bytes = NULL;
    push(&checker->answers, check);
    if (!checker->closing) {
        uv_timer_start(&checker->answer_timer, deliver_later, 0, 0);
    }
}

static void skip(struct hb_syntax_checker *checker, struct check *check,
                 const char *why)
{
    char *message = hb_format("syntax was not checked: %s", why);
    struct hb_syntax_result result = {
        .verdict = HB_SYNTAX_SKIPPED,
        .message = message,
    };
    answer(checker, check, &result, NULL);
    free(message);
}

static void end_idle(uv_timer_t *timer)
{
    struct hb_syntax_checker *checker = timer->data;
    for (struct python *at = checker->pythons; at != NULL; at = at->next) {
        if (at->waiting.first == NULL) {
            hb_check_process_end(at->process);
            at->process = NULL;
        }
    }
}

static struct python *find_python(struct hb_syntax_checker *checker,
                                  const char *path)
{
    struct python *python = checker->pythons;
    while (python != NULL && strcmp(python->path, path) != 0) {
        python = python->next;
    }
    if (python == NULL) {
        python = hb_alloc(sizeof *python);
        python->checker = checker;
        python->path = hb_strdup(path);
        python->next = checker->pythons;
        checker->pythons = python;
    }
    return python;
}

static void run(struct python *python);

/* Gives the check to the next Python that may do it, or answers it. */
static void place(struct hb_syntax_checker *checker, struct check *check)
{
    while (check->tried < check->pythons.count) {
        struct python *python =
            find_python(checker, check->pythons.items[check->tried++]);
        if (python->bad_until <= uv_now(checker->loop)) {
            push(&python->waiting, check);
            run(python);
            return;
        }
    }
    skip(checker, check,
         check->python2       ? "the server runs Python 2"
         : check->why != NULL ? check->why
         : check->pythons.count > 0
             ? "no Python here works: run python3 by hand to see why"
             : "no Python was found: install python3 or put it on PATH");
}

/* What waited for this Python goes to others; it is left alone for a while. */
static void give_up(struct python *python, const char *why, unsigned rest_ms)
{
    struct checks waiting = python->waiting;
    struct check *check;
    python->waiting = (struct checks){0};
    python->bad_until = uv_now(python->checker->loop) + rest_ms;
    while ((check = pop(&waiting)) != NULL) {
        hb_replace(&check->why, why);
        place(python->checker, check);
    }
}

static void on_ready(void *user, const char *version)
{
    struct python *python = user;
    hb_replace(&python->version, version);
    run(python);
}

static void on_answer(void *user, const struct hb_syntax_result *result)
{
    struct python *python = user;
    struct check *check = pop(&python->waiting);
    python->busy = false;
    if (result->verdict == HB_SYNTAX_SKIPPED) {
        /* Out of memory or stack: what is left of it is not to be trusted. */
        char *why =
            hb_format("Python gave up on the module (%s)", result->message);
        skip(python->checker, check, why);
        free(why);
        hb_check_process_end(python->process);
        python->process = NULL;
    } else {
        answer(python->checker, check, result, python->version);
    }
    uv_timer_start(&python->checker->idle_timer, end_idle, IDLE_MS, 0);
    run(python);
}

static void on_ended(void *user, bool usable, const char *why)
{
    struct python *python = user;
    bool was_busy = python->busy;
    python->process = NULL;
    python->busy = false;
    if (!usable) {
        give_up(python, why, BAD_MS);
        return;
    }
    /* One that never became ready may be ready next time, and the first check
     * has waited long enough. */
    if (was_busy || python->version == NULL) {
        struct check *check = pop(&python->waiting);
        if (check != NULL) {
            skip(python->checker, check, why);
        }
    }
    if (python->version == NULL) {
        give_up(python, why, SLOW_MS);
    } else {
        run(python);
    }
}

static void checker_unref(struct hb_syntax_checker *checker)
{
    if (--checker->open == 0) {
        assert(checker->answers.first == NULL && checker->waiting_bytes == 0);
        free(checker);
    }
}

static void on_closed(void *user)
{
    checker_unref(user);
}

static void run(struct python *python)
{
    static const struct hb_check_process_ops ops = {
        .ready = on_ready,
        .answer = on_answer,
        .ended = on_ended,
        .closed = on_closed,
    };
    struct check *check = python->waiting.first;
    if (check == NULL || python->busy) {
        return;
    }
    if (python->process == NULL) {
        struct hb_error err = {0};
        hb_replace(&python->version, NULL);
        python->checker->open++;
        python->process =
            hb_check_process_start(python->checker->loop, python->path, &ops,
                                   python, python->checker, &err);
        if (python->process == NULL) {
            give_up(python, err.message, BAD_MS);
        }
        return;
    }
    if (python->version != NULL) {
        python->busy = true;
        hb_check_process_send(python->process, check->id, check->name,
                              check->bytes, check->len);
        check->bytes = NULL;
    }
}

struct hb_syntax_checker *hb_syntax_checker_new(uv_loop_t *loop)
{
    struct hb_syntax_checker *checker = hb_alloc(sizeof *checker);
    checker->loop = loop;
    checker->open = 2;
    checker->answer_timer.data = checker;
    checker->idle_timer.data = checker;
    uv_timer_init(loop, &checker->answer_timer);
    uv_timer_init(loop, &checker->idle_timer);
    /* Writing to a helper that has just died must not end the bridge. */
    signal(SIGPIPE, SIG_IGN);
    return checker;
}

void hb_syntax_check(struct hb_syntax_checker *checker, const char *python,
                     const char *version, const char *name, const char *bytes,
                     size_t len, hb_syntax_fn done, void *user)
{
    struct check *check = hb_alloc(sizeof *check);
    check->id = ++checker->last_id;
    check->name = hb_strdup(name);
    check->done = done;
    check->user = user;
    if (checker->closing) {
        skip(checker, check, "the bridge is stopping");
        return;
    }
    if (len > WAITING_BYTES_MAX - checker->waiting_bytes) {
        skip(checker, check, "too many modules wait for their check");
        return;
    }
    check->bytes = malloc(len == 0 ? 1 : len);
    if (check->bytes == NULL) {
        skip(checker, check, "out of memory");
        return;
    }
    if (len != 0) {
        memcpy(check->bytes, bytes, len);
    }
    check->len = len;
    checker->waiting_bytes += len;
    check->python2 = version != NULL && strncmp(version, "2.", 2) == 0;
    hb_python_candidates(python, version, &check->pythons);
    place(checker, check);
}

static void timer_closed(uv_handle_t *handle)
{
    checker_unref(handle->data);
}

void hb_syntax_checker_free(struct hb_syntax_checker *checker)
{
    if (checker == NULL) {
        return;
    }
    checker->closing = true;
    while (checker->pythons != NULL) {
        struct python *python = checker->pythons;
        struct check *check;
        checker->pythons = python->next;
        hb_check_process_end(python->process);
        while ((check = pop(&python->waiting)) != NULL) {
            skip(checker, check, "the bridge is stopping");
        }
        free(python->path);
        free(python->version);
        free(python);
    }
    deliver(checker);
    uv_close((uv_handle_t *)&checker->answer_timer, timer_closed);
    uv_close((uv_handle_t *)&checker->idle_timer, timer_closed);
}
