#include "check/process.h"

#include "base/alloc.h"
#include "check/helper.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef __linux__
#include <sys/resource.h>
#endif

#define LOG_MODULE "check"
#include "base/log.h"

/* Handles of one process: itself, two pipes, a timer. */
#define HANDLES 4

/* Variables that it is given, where they are set; nothing else of ours. */
static const char *const kept[] = {"PATH", "HOME", "LD_LIBRARY_PATH",
                                   "PYENV_ROOT", "PYENV_VERSION"};
#define KEPT_COUNT (sizeof kept / sizeof *kept)

struct hb_check_process {
    uv_process_t child;
    uv_pipe_t in;
    uv_pipe_t out;
    uv_timer_t timer;
    int open; /* handles that are not closed yet */
    bool running;
    bool ready;
    bool ending; /* nothing is told any more but closed() */
    uint64_t id; /* of the request under way, or 0 */
    char *python;
    char line[HB_HELPER_LINE_MAX];
    size_t used;
    const struct hb_check_process_ops *ops;
    void *user;
    void *owner;
};

struct request {
    uv_write_t write;
    char *head;
    char *bytes;
};

static void closed(uv_handle_t *handle)
{
    struct hb_check_process *process = handle->data;
    if (--process->open > 0) {
        return;
    }
    process->ops->closed(process->owner);
    free(process->python);
    free(process);
}

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle)) {
        uv_close(handle, closed);
    }
}

/* The child's own handle stays open until it is waited for, so that no zombie
 * remains. */
static void close_pipes(struct hb_check_process *process)
{
    close_handle((uv_handle_t *)&process->in);
    close_handle((uv_handle_t *)&process->out);
    close_handle((uv_handle_t *)&process->timer);
}

void hb_check_process_end(struct hb_check_process *process)
{
    if (process == NULL || process->ending) {
        return;
    }
    process->ending = true;
    if (process->running) {
        /* A group of its own: a wrapper script's children go too. */
        uv_kill(-process->child.pid, SIGKILL);
        uv_process_kill(&process->child, SIGKILL);
    }
    close_pipes(process);
}

static void fail(struct hb_check_process *process, bool usable, const char *why)
{
    if (process->ending) {
        return;
    }
    LOG_WARN("%s: %s", process->python, why);
    hb_check_process_end(process);
    process->ops->ended(process->user, usable, why);
}

static void exited(uv_process_t *child, int64_t status, int signum)
{
    struct hb_check_process *process = child->data;
    char why[160];
    process->running = false;
    close_handle((uv_handle_t *)child);
    if (signum != 0) {
        snprintf(why, sizeof why, "the Python helper was ended by signal %d",
                 signum);
    } else {
        snprintf(why, sizeof why, "the Python helper ended with exit code %d",
                 (int)status);
    }
    fail(process, process->ready, why);
}

static void too_slow(uv_timer_t *timer)
{
    struct hb_check_process *process = timer->data;
    char why[160];
    snprintf(why, sizeof why,
             process->ready ? "Python took longer than %d s to check the module"
                            : "Python was not ready to check after %d s",
             HB_SYNTAX_SECONDS);
    fail(process, true, why);
}

static void start_clock(struct hb_check_process *process)
{
    uv_update_time(process->timer.loop);
    uv_timer_start(&process->timer, too_slow, HB_SYNTAX_SECONDS * 1000u, 0);
}

/* One whole line without its end. */
static void take_line(struct hb_check_process *process)
{
    struct hb_syntax_result result;
    const char *version;
    if (!process->ready) {
        if (!hb_helper_parse_hello(process->line, &version)) {
            fail(process, false, "the Python helper did not greet as it must");
            return;
        }
        process->ready = true;
        uv_timer_stop(&process->timer);
        process->ops->ready(process->user, version);
        return;
    }
    if (process->id == 0 ||
        !hb_helper_parse_answer(process->line, process->id, &result)) {
        fail(process, true, "the Python helper answered what is no answer");
        return;
    }
    process->id = 0;
    uv_timer_stop(&process->timer);
    process->ops->answer(process->user, &result);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct hb_check_process *process = handle->data;
    (void)suggested;
    *buf = uv_buf_init(process->line + process->used,
                       (unsigned)(sizeof process->line - process->used));
}

/* It never has two lines to say at once, so a line's end is where the bytes
 * end. */
static void received(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct hb_check_process *process = stream->data;
    (void)buf;
    if (process->ending) {
        return;
    }
    if (count < 0) {
        /* Its exit follows, with a reason, or the clock ends it. */
        uv_read_stop(stream);
        return;
    }
    process->used += (size_t)count;
    char *end = memchr(process->line, '\n', process->used);
    if (end == NULL && process->used < sizeof process->line) {
        return;
    }
    if (end == NULL || end != process->line + process->used - 1 ||
        memchr(process->line, '\0', process->used) != NULL) {
        fail(process, process->ready,
             "the Python helper answered what is no answer");
        return;
    }
    *end = '\0';
    process->used = 0;
    take_line(process);
}

static void written(uv_write_t *write, int status)
{
    struct request *request = write->data;
    (void)status; /* a failure shows as its exit, or as silence */
    free(request->head);
    free(request->bytes);
    free(request);
}

void hb_check_process_send(struct hb_check_process *process, uint64_t id,
                           const char *name, char *bytes, size_t len)
{
    struct request *request = hb_alloc(sizeof *request);
    request->head = hb_format("%llu %zu %zu\n%s", (unsigned long long)id,
                              strlen(name), len, name);
    request->bytes = bytes;
    request->write.data = request;
    uv_buf_t bufs[] = {
        uv_buf_init(request->head, (unsigned)strlen(request->head)),
        uv_buf_init(bytes, (unsigned)len),
    };
    process->id = id;
    start_clock(process);
    int failed = uv_write(&request->write, (uv_stream_t *)&process->in, bufs,
                          len == 0 ? 1 : 2, written);
    if (failed != 0) {
        written(&request->write, failed);
    }
}

static void limit_memory(int pid)
{
#ifdef __linux__
    struct rlimit memory = {HB_SYNTAX_MEMORY, HB_SYNTAX_MEMORY};
    struct rlimit core = {0, 0};
    if (prlimit(pid, RLIMIT_AS, &memory, NULL) != 0 ||
        prlimit(pid, RLIMIT_CORE, &core, NULL) != 0) {
        LOG_WARN("the Python helper's memory cannot be limited");
    }
#else
    (void)pid;
#endif
}

static void fill_environment(char *env[KEPT_COUNT + 1])
{
    size_t count = 0;
    for (size_t i = 0; i < KEPT_COUNT; i++) {
        const char *value = getenv(kept[i]);
        if (value != NULL) {
            env[count++] = hb_format("%s=%s", kept[i], value);
        }
    }
    env[count] = NULL;
}

static int spawn(struct hb_check_process *process, uv_loop_t *loop)
{
    char *env[KEPT_COUNT + 1];
    char *args[] = {
        process->python,           "-I", "-S", "-B", "-W", "ignore", "-c",
        (char *)hb_helper_program, NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE,
         .data.stream = (uv_stream_t *)&process->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE,
         .data.stream = (uv_stream_t *)&process->out},
        {.flags = UV_IGNORE},
    };
    uv_process_options_t options = {
        .file = process->python,
        .args = args,
        .env = env,
        .cwd = "/",
        .flags = UV_PROCESS_DETACHED,
        .stdio = stdio,
        .stdio_count = 3,
        .exit_cb = exited,
    };
    fill_environment(env);
    int failed = uv_spawn(loop, &process->child, &options);
    for (size_t i = 0; env[i] != NULL; i++) {
        free(env[i]);
    }
    return failed;
}

struct hb_check_process *
hb_check_process_start(uv_loop_t *loop, const char *python,
                       const struct hb_check_process_ops *ops, void *user,
                       void *owner, struct hb_error *err)
{
    struct hb_check_process *process = hb_alloc(sizeof *process);
    process->ops = ops;
    process->user = user;
    process->owner = owner;
    process->python = hb_strdup(python);
    process->open = HANDLES;
    uv_pipe_init(loop, &process->in, 0);
    uv_pipe_init(loop, &process->out, 0);
    uv_timer_init(loop, &process->timer);
    process->child.data = process;
    process->in.data = process;
    process->out.data = process;
    process->timer.data = process;
    int failed = spawn(process, loop);
    if (failed != 0) {
        hb_error_set(err, HB_EIO, "%s cannot be started: %s", python,
                     uv_strerror(failed));
        process->ending = true;
        close_pipes(process);
        close_handle((uv_handle_t *)&process->child);
        return NULL;
    }
    process->running = true;
    limit_memory(process->child.pid);
    uv_read_start((uv_stream_t *)&process->out, allocate, received);
    start_clock(process);
    LOG_DBG("%s checks syntax as process %d", python, process->child.pid);
    return process;
}
