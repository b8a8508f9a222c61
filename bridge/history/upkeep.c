#include "history/upkeep.h"

#include "base/alloc.h"

#include <signal.h>
#include <stdlib.h>

#define LOG_MODULE "upkeep"
#include "base/log.h"

struct hb_upkeep {
    uv_loop_t *loop;
    char *path;
    uv_timer_t timer;
    uv_process_t process;
    bool running; /* the process handle is open */
    bool freed;
    unsigned handles;
    unsigned commits;
};

static void on_closed(uv_handle_t *handle)
{
    struct hb_upkeep *upkeep = handle->data;
    if (handle == (uv_handle_t *)&upkeep->process) {
        upkeep->running = false;
    }
    upkeep->handles--;
    if (upkeep->freed && upkeep->handles == 0) {
        free(upkeep->path);
        free(upkeep);
    }
}

static void on_end(uv_process_t *process, int64_t status, int number)
{
    if (status != 0 || number != 0) {
        LOG_WARN("git repack ended with %d; the history is as it was",
                 (int)status);
    } else {
        LOG_INFO("the history was packed");
    }
    uv_close((uv_handle_t *)process, on_closed);
}

static void on_quiet(uv_timer_t *timer)
{
    struct hb_upkeep *upkeep = timer->data;
    char *arguments[] = {
        "git", "--git-dir", upkeep->path,    "repack",
        "-d",  "-q",        "--geometric=2", "--no-write-bitmap-index",
        NULL};
    uv_process_options_t options = {0};
    options.file = "git";
    options.args = arguments;
    options.exit_cb = on_end;
    if (upkeep->running) {
        return;
    }
    upkeep->commits = 0;
    upkeep->process.data = upkeep;
    upkeep->running = true;
    upkeep->handles++;
    int code = uv_spawn(upkeep->loop, &upkeep->process, &options);
    if (code != 0) {
        LOG_WARN("the history is not packed: git cannot be run (%s)",
                 uv_strerror(code));
        uv_close((uv_handle_t *)&upkeep->process, on_closed);
    }
}

struct hb_upkeep *hb_upkeep_new(uv_loop_t *loop, const char *path)
{
    struct hb_upkeep *upkeep = hb_alloc(sizeof *upkeep);
    upkeep->loop = loop;
    upkeep->path = hb_strdup(path);
    uv_timer_init(loop, &upkeep->timer);
    upkeep->timer.data = upkeep;
    upkeep->handles = 1;
    return upkeep;
}

void hb_upkeep_count(struct hb_upkeep *upkeep)
{
    if (++upkeep->commits >= HB_UPKEEP_COMMITS) {
        uv_timer_start(&upkeep->timer, on_quiet, HB_UPKEEP_QUIET * 1000, 0);
    }
}

void hb_upkeep_free(struct hb_upkeep *upkeep)
{
    if (upkeep == NULL) {
        return;
    }
    upkeep->freed = true;
    if (upkeep->running && !uv_is_closing((uv_handle_t *)&upkeep->process)) {
        uv_process_kill(&upkeep->process, SIGTERM);
    }
    uv_close((uv_handle_t *)&upkeep->timer, on_closed);
}
