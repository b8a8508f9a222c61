/*
 * Servers on disk that do only what a test tells them: it writes their own
 * copy, the head of their bytecode and their log. And a loop on which
 * hb_watch looks at them, with a deadline. Included once a program.
 *
 * The program sets UV_THREADPOOL_SIZE to 1 first, so that jobs run in order
 * and `world_read` can tell that all which was said has been judged.
 */
#ifndef HB_TESTS_WORLD_H
#define HB_TESTS_WORLD_H

#include "base/clock.h"
#include "base/lane.h"
#include "confirm/confirm.h"
#include "confirm/judge.h"
#include "confirm/lines.h"

#include <fcntl.h>

/* Seconds that anything may take; only a failure waits that long. */
#define DEADLINE 60
#define SERVERS_MAX 3
/* A module that nobody waits for: its line in a log says that all before it
 * has been read. */
#define SENTINEL "sentinel.py"

struct world {
    uv_loop_t loop;
    uv_timer_t deadline;
    bool late;
    bool passed; /* world_pass: a job got its turn */
    struct hb_confirm *confirm;
    struct hb_target *target;
    struct hb_watch *sentinels;
};

/* One deploy and what was told of it. */
struct run {
    struct world *world;
    struct hb_watch *watch;
    struct hb_deploy *deploy;
    const char *bytes;
    unsigned changes;
    unsigned lates;
    unsigned nudges;
    unsigned dones;
    enum hb_outcome outcome;
    bool free_when_done;
    bool nudge; /* answers ops->nudge */
    int64_t mtime;
    double begun;
    double took;
};

static inline void world_on_deadline(uv_timer_t *timer)
{
    ((struct world *)timer->data)->late = true;
}

static inline void world_on_nudge(void *user, struct hb_watch *watch,
                                  size_t server)
{
    struct run *run = user;
    run->nudges++;
    if (run->nudge) {
        hb_watch_nudged(watch, server, ++run->mtime);
    }
}

static inline void world_report(struct run *run)
{
    hb_watch_report(run->watch, run->deploy);
}

static inline void world_on_changed(void *user, struct hb_watch *watch)
{
    (void)watch;
    ((struct run *)user)->changes++;
    world_report(user);
}

static inline void world_on_done(void *user, struct hb_watch *watch,
                                 enum hb_outcome outcome)
{
    struct run *run = user;
    run->watch = watch;
    run->dones++;
    run->outcome = outcome;
    run->took = hb_clock_monotonic() - run->begun;
    world_report(run);
    if (run->free_when_done) {
        hb_watch_free(watch);
        run->watch = NULL;
    }
}

static inline void world_on_late(void *user, struct hb_watch *watch)
{
    (void)watch;
    ((struct run *)user)->lates++;
    world_report(user);
}

static const struct hb_watch_ops world_ops = {.nudge = world_on_nudge,
                                              .changed = world_on_changed,
                                              .done = world_on_done,
                                              .late = world_on_late};

/* ---- the loop --------------------------------------------------------- */

static inline void world_until(struct world *world, const unsigned *count,
                               unsigned wanted)
{
    while (*count < wanted && !world->late) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    assert_false(world->late);
    assert_int_equal(*count, wanted);
}

static inline void world_nothing(struct hb_job *job)
{
    (void)job;
}

struct pass_job {
    struct hb_job base;
    struct world *world;
};

static inline void world_on_pass(struct hb_job *job)
{
    ((struct pass_job *)job)->world->passed = true;
    free(job);
}

/* Jobs that were waiting have run, and were told. */
static inline void world_pass(struct world *world)
{
    struct pass_job *job = hb_alloc(sizeof *job);
    job->world = world;
    world->passed = false;
    hb_job_run(&world->loop, &job->base, world_nothing, world_on_pass);
    while (!world->passed && !world->late) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

static inline void world_let_pass(struct world *world, double seconds)
{
    double until = hb_clock_monotonic() + seconds;
    while (hb_clock_monotonic() < until && !world->late) {
        world_pass(world);
        uv_sleep(5);
    }
}

/* ---- the servers ------------------------------------------------------ */

static inline struct hb_server *world_server(struct world *world, size_t i)
{
    return &world->target->servers[i];
}

static inline void world_say(struct world *world, size_t server, char *line)
{
    int fd =
        open(world_server(world, server)->log, O_WRONLY | O_APPEND | O_CLOEXEC);
    char *text = hb_format("%s\n", line);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    free(text);
    free(line);
}

/* All that the servers have said so far has been read and judged, but for
 * what is looked at again. */
static inline void world_read(struct world *world)
{
    for (size_t i = 0; i < world->target->server_count; i++) {
        double before = hb_confirm_last_word(world->confirm, "dev", SENTINEL);
        world_say(world, i, lines_nothing("1", SENTINEL));
        while (hb_confirm_last_word(world->confirm, "dev", SENTINEL) <=
                   before &&
               !world->late) {
            world_pass(world);
        }
    }
    world_pass(world);
    world_pass(world);
    assert_false(world->late);
}

/* The file that the server imports, with that mtime. NULL: deleted. */
static inline void world_copy(struct world *world, size_t i, const char *module,
                              const char *bytes, int64_t mtime)
{
    struct hb_server *server = world_server(world, i);
    const char *folder =
        server->copies != NULL ? server->copies : server->pickup;
    char *path = hb_path_join(folder, module);
    if (bytes == NULL) {
        unlink(path);
        free(path);
        return;
    }
    free(scratch_write(folder, module, bytes));
    const struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

/* Bytecode made of a source of that mtime and size. */
static inline void world_bytecode(struct world *world, size_t i,
                                  const char *module, int64_t mtime,
                                  size_t size)
{
    struct hb_server *server = world_server(world, i);
    const char *folder =
        server->copies != NULL ? server->copies : server->pickup;
    unsigned char head[20] = {0x6f, 0x0d, 0x0d, 0x0a};
    for (int k = 0; k < 4; k++) {
        head[8 + k] = (unsigned char)(mtime >> (8 * k));
        head[12 + k] = (unsigned char)(size >> (8 * k));
    }
    char *name = hb_format("__pycache__/%.*s.cpython-310.pyc",
                           (int)strlen(module) - 3, module);
    char *path = scratch_write(folder, name, "");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(head, 1, sizeof head, file), sizeof head);
    fclose(file);
    free(path);
    free(name);
}

static inline void world_no_bytecode(struct world *world, size_t i,
                                     const char *module)
{
    struct hb_server *server = world_server(world, i);
    char *path =
        hb_format("%s/__pycache__/%.*s.cpython-310.pyc",
                  server->copies != NULL ? server->copies : server->pickup,
                  (int)strlen(module) - 3, module);
    unlink(path);
    free(path);
}

static inline char *world_good(struct world *world, size_t i,
                               const char *process, const char *module)
{
    struct hb_server *server = world_server(world, i);
    return lines_deployed(
        process, server->copies != NULL ? server->copies : server->pickup,
        module, "crm.get");
}

static inline char *world_bad(struct world *world, size_t i,
                              const char *process, const char *module,
                              const char *message)
{
    struct hb_server *server = world_server(world, i);
    char *error = lines_error(
        process, server->copies != NULL ? server->copies : server->pickup,
        module, message);
    char *nothing = lines_nothing(process, module);
    char *both = hb_format("%s\n%s", error, nothing);
    free(error);
    free(nothing);
    return both;
}

/* ---- deploys ---------------------------------------------------------- */

static inline struct hb_watch *world_watch(struct world *world,
                                           const struct hb_deploy *deploy,
                                           const char *bytes, double timeout,
                                           void *user)
{
    struct hb_log_mark marks[SERVERS_MAX] = {0};
    size_t count = world->target->server_count;
    for (size_t i = 0; i < count; i++) {
        marks[i].server = world_server(world, i)->name;
        hb_confirm_mark(world_server(world, i)->log, &marks[i].inode,
                        &marks[i].offset);
    }
    const struct hb_watch_spec spec = {.target = world->target,
                                       .deploy = deploy,
                                       .bytes = bytes,
                                       .len = strlen(bytes),
                                       .marks = marks,
                                       .mark_count = count,
                                       .timeout = timeout};
    return hb_watch_new(world->confirm, &spec, &world_ops, user);
}

/* Begins a deploy as the pipeline does; the file itself is the test's. */
static inline void run_begin(struct run *run, struct world *world,
                             const char *module, const char *bytes,
                             int64_t mtime, double timeout)
{
    bool free_when_done = run->free_when_done;
    *run = (struct run){.world = world,
                        .bytes = bytes,
                        .nudge = true,
                        .mtime = mtime,
                        .free_when_done = free_when_done,
                        .begun = hb_clock_monotonic()};
    run->deploy = hb_deploy_new();
    run->deploy->target = hb_strdup("dev");
    run->deploy->module = hb_strdup(module);
    run->watch = world_watch(world, run->deploy, bytes, timeout, run);
    for (size_t i = 0; i < world->target->server_count; i++) {
        hb_watch_delivered(run->watch, i, mtime);
    }
    hb_watch_start(run->watch);
}

static inline void run_until_done(struct run *run)
{
    world_until(run->world, &run->dones, 1);
}

static inline enum hb_server_state run_state(struct run *run, size_t server)
{
    world_report(run);
    return run->deploy->servers[server].state;
}

static inline const char *run_message(struct run *run, size_t server)
{
    world_report(run);
    const char *message = run->deploy->servers[server].message;
    return message == NULL ? "" : message;
}

static inline void run_end(struct run *run)
{
    hb_watch_free(run->watch);
    hb_deploy_free(run->deploy);
    *run = (struct run){0};
}

/* ---- the beginning and the end ---------------------------------------- */

static inline void world_begin(struct world *world, void **state,
                               enum hb_profile profile, size_t servers)
{
    *world = (struct world){0};
    uv_loop_init(&world->loop);
    uv_timer_init(&world->loop, &world->deadline);
    world->deadline.data = world;
    uv_timer_start(&world->deadline, world_on_deadline, DEADLINE * 1000, 0);
    world->confirm = hb_confirm_new(&world->loop);
    world->target = hb_target_new("dev");
    for (size_t i = 0; i < servers; i++) {
        char *name = hb_format("server%zu", i + 1);
        char *path = hb_path_join(*state, name);
        struct hb_target *one = lines_target(path, profile);
        struct hb_server *from = &one->servers[0];
        struct hb_server *server =
            hb_target_add_server(world->target, name, path);
        server->found = true;
        server->profile = profile;
        server->running = HB_RUNNING_YES;
        server->workers = 1;
        server->log = hb_strdup(from->log);
        server->pickup = hb_strdup(from->pickup);
        server->copies = hb_strdup(from->copies);
        server->python_version = hb_strdup("3.10");
        hb_path_make(server->pickup, 0755, NULL);
        if (server->copies != NULL) {
            hb_path_make(server->copies, 0755, NULL);
        }
        free(scratch_write(path, "logs/server.log", "an older line\n"));
        hb_target_free(one);
        free(path);
        free(name);
    }
    struct hb_deploy *nobody = hb_deploy_new();
    nobody->module = hb_strdup(SENTINEL);
    world->sentinels = world_watch(world, nobody, "", 1, NULL);
    hb_deploy_free(nobody);
}

static inline void world_end(struct world *world)
{
    assert_false(world->late);
    hb_watch_free(world->sentinels);
    hb_confirm_free(world->confirm);
    uv_close((uv_handle_t *)&world->deadline, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&world->loop), 0);
    hb_target_free(world->target);
}

#endif
