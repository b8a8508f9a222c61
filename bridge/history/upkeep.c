#include "history/upkeep.h"

#include "base/alloc.h"
#include "history/check.h"
#include "history/repo.h"
#include "history/run_git.h"

#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define LOG_MODULE "upkeep"
#include "base/log.h"

/* Nice value of what runs beside the deploys. */
#define PATIENT 10
/* Loose objects that a deploy makes. */
#define OBJECTS_A_DEPLOY 7
/* One of the 256 folders, in which loose objects are counted. */
#define SAMPLE "objects/17"

enum step { STEP_NONE, STEP_CHECK, STEP_PACK };

struct hb_upkeep {
    uv_loop_t *loop;
    char *path;
    char *checker; /* NULL: nothing is checked */
    struct hb_upkeep_listener listener;
    uv_timer_t timer;
    uv_timer_t settle;
    uv_process_t process;
    char **environment;
    enum step step;   /* what the process does; NONE: its handle is closed */
    uint64_t checked; /* the number of the repository that it looks at */
    bool pack;        /* once the check that runs has found nothing */
    bool again;       /* a check was asked for while something ran */
    bool started;     /* the check after the start has begun */
    bool told;        /* that there is no git */
    bool freed;
    unsigned handles;
    unsigned commits;
};

static void begin(struct hb_upkeep *upkeep, enum step step);

static void free_when_closed(struct hb_upkeep *upkeep)
{
    if (upkeep->freed && upkeep->handles == 0) {
        hb_git_free_environment(upkeep->environment);
        free(upkeep->path);
        free(upkeep->checker);
        free(upkeep);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct hb_upkeep *upkeep = handle->data;
    upkeep->handles--;
    free_when_closed(upkeep);
}

/* What comes next can only begin when the handle can be used again. */
static void on_process_closed(uv_handle_t *handle)
{
    struct hb_upkeep *upkeep = handle->data;
    enum step done = upkeep->step;
    upkeep->step = STEP_NONE;
    upkeep->handles--;
    if (upkeep->freed) {
        free_when_closed(upkeep);
    } else if (done == STEP_CHECK && upkeep->pack) {
        upkeep->pack = false;
        begin(upkeep, STEP_PACK);
    } else if (upkeep->again) {
        upkeep->again = false;
        begin(upkeep, STEP_CHECK);
    }
}

static void on_end(uv_process_t *process, int64_t status, int number)
{
    struct hb_upkeep *upkeep = process->data;
    bool fine = status == 0 && number == 0;
    uv_close((uv_handle_t *)process, on_process_closed);
    if (upkeep->freed) {
        return;
    }
    if (upkeep->step == STEP_CHECK) {
        upkeep->pack = upkeep->pack && fine;
        /* One that was ended by a signal met a file that is cut short. */
        if (status == HB_CHECK_DAMAGED || number == SIGBUS ||
            number == SIGSEGV) {
            upkeep->listener.damaged(upkeep->listener.user, upkeep->checked);
        } else if (!fine) {
            LOG_WARN("the history could not be checked (%d)",
                     number != 0 ? number : (int)status);
        }
    } else if (fine) {
        LOG_INFO("the history was packed");
        upkeep->listener.packed(upkeep->listener.user);
    } else {
        LOG_WARN("git repack ended with %d; the history is as it was",
                 number != 0 ? number : (int)status);
    }
}

static void begin(struct hb_upkeep *upkeep, enum step step)
{
    char *check[] = {"hotbridge", "daemon", "--check-history", upkeep->path,
                     NULL};
    /* In the folder, not by its name, which another repository may get while
     * this one is packed: git deletes what it has packed. One thread, for the
     * sake of deploys; flushed whatever the user's own settings say, since the
     * loose objects go then. */
    char *pack[] = {"git",
                    "-c",
                    "pack.threads=1",
                    "-c",
                    "core.fsync=committed",
                    "--git-dir",
                    ".",
                    "repack",
                    "-d",
                    "-q",
                    "--geometric=2",
                    "--no-write-bitmap-index",
                    NULL};
    uv_stdio_container_t streams[] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO}};
    /* A session of its own: what it starts can be ended with it. */
    const uv_process_options_t options = {
        .file = step == STEP_CHECK ? upkeep->checker : pack[0],
        .args = step == STEP_CHECK ? check : pack,
        .env = upkeep->environment,
        .cwd = step == STEP_CHECK ? NULL : upkeep->path,
        .exit_cb = on_end,
        .flags = UV_PROCESS_DETACHED,
        .stdio = streams,
        .stdio_count = 3,
    };
    upkeep->step = step;
    upkeep->checked = hb_repo_number(upkeep->path);
    upkeep->process.data = upkeep;
    upkeep->handles++;
    int code = uv_spawn(upkeep->loop, &upkeep->process, &options);
    if (code == 0) {
        setpriority(PRIO_PGRP, (id_t)upkeep->process.pid, PATIENT);
        return;
    }
    if (step == STEP_CHECK || !upkeep->told) {
        LOG_WARN(step == STEP_CHECK ? "the history is not checked: %s"
                                    : "the history is not packed: git cannot "
                                      "be run (%s); deploys go on without",
                 uv_strerror(code));
    }
    upkeep->told = upkeep->told || step == STEP_PACK;
    upkeep->pack = false; /* not without a check */
    uv_close((uv_handle_t *)&upkeep->process, on_process_closed);
}

static void on_quiet(uv_timer_t *timer)
{
    struct hb_upkeep *upkeep = timer->data;
    bool much = upkeep->commits >= HB_UPKEEP_COMMITS;
    if (upkeep->step != STEP_NONE) {
        return; /* the next commit starts the timer anew */
    }
    if (much && !upkeep->started) { /* by an earlier bridge */
        uv_timer_start(timer, on_quiet, HB_UPKEEP_QUIET * 1000, 0);
    } else if (much) {
        upkeep->pack = true;
        upkeep->commits = 0;
    }
    upkeep->started = true;
    if (upkeep->checker != NULL) {
        begin(upkeep, STEP_CHECK);
    } else if (upkeep->pack) {
        upkeep->pack = false;
        begin(upkeep, STEP_PACK);
    }
}

/* Deploys whose objects are loose, by the number in one folder of 256. */
static unsigned count_loose(const char *path)
{
    char *folder = hb_format("%s/" SAMPLE, path);
    DIR *dir = opendir(folder);
    unsigned count = 0;
    if (dir != NULL) {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            count += entry->d_name[0] != '.';
        }
        closedir(dir);
    }
    free(folder);
    return count * 256 / OBJECTS_A_DEPLOY;
}

struct hb_upkeep *hb_upkeep_new(uv_loop_t *loop, const char *path,
                                const char *checker,
                                const struct hb_upkeep_listener *listener)
{
    struct hb_upkeep *upkeep = hb_alloc(sizeof *upkeep);
    upkeep->loop = loop;
    upkeep->path = hb_strdup(path);
    upkeep->checker = hb_strdup(checker);
    upkeep->listener = *listener;
    upkeep->environment = hb_git_environment();
    upkeep->commits = count_loose(path);
    uv_timer_init(loop, &upkeep->timer);
    uv_timer_init(loop, &upkeep->settle);
    upkeep->timer.data = upkeep->settle.data = upkeep;
    upkeep->handles = 2;
    uv_timer_start(&upkeep->timer, on_quiet, HB_UPKEEP_START * 1000, 0);
    return upkeep;
}

void hb_upkeep_count(struct hb_upkeep *upkeep)
{
    if (++upkeep->commits >= HB_UPKEEP_COMMITS) {
        uv_timer_start(&upkeep->timer, on_quiet, HB_UPKEEP_QUIET * 1000, 0);
    }
}

static void on_settle(uv_timer_t *timer)
{
    struct hb_upkeep *upkeep = timer->data;
    upkeep->listener.quiet(upkeep->listener.user);
}

void hb_upkeep_settle(struct hb_upkeep *upkeep, uint64_t ms)
{
    uv_timer_start(&upkeep->settle, on_settle, ms, 0);
}

void hb_upkeep_check(struct hb_upkeep *upkeep)
{
    if (upkeep->checker == NULL) {
        return;
    }
    if (upkeep->step == STEP_NONE) {
        begin(upkeep, STEP_CHECK);
    } else {
        upkeep->again = true;
    }
}

void hb_upkeep_free(struct hb_upkeep *upkeep)
{
    if (upkeep == NULL) {
        return;
    }
    upkeep->freed = true;
    if (upkeep->step != STEP_NONE &&
        !uv_is_closing((uv_handle_t *)&upkeep->process)) {
        kill(-upkeep->process.pid, SIGTERM);
    }
    uv_close((uv_handle_t *)&upkeep->timer, on_timer_closed);
    uv_close((uv_handle_t *)&upkeep->settle, on_timer_closed);
}
