#include "daemon/daemon.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "check/syntax.h"
#include "confirm/confirm.h"
#include "daemon/owner.h"
#include "history/check.h"
#include "history/history.h"
#include "history/memory.h"
#include "pipeline/pipeline.h"
#include "session/listener.h"

#include <assert.h>
#include <getopt.h>
#include <git2.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef HB_HAVE_SYSTEMD
#include <systemd/sd-daemon.h>
#endif

#define LOG_MODULE "daemon"
#include "base/log.h"

/* Threads for what blocks: a target on a stuck disk holds one of them. */
#define POOL_THREADS "8"
/* Arenas that malloc may make. */
#define ARENAS 2
/* How often the history is asked whether it has come to rest, in ms. */
#define REST_MS 5

struct daemon {
    uv_loop_t loop;
    uv_signal_t signals[2];
    uv_timer_t rest;
    struct hb_owner owner;
    struct hb_history *history;
    struct hb_confirm *confirm;
    struct hb_syntax_checker *checker;
    struct hb_listener *listener;
    struct hb_pipeline *pipeline;
    int ready; /* descriptor, or -1 */
    bool stopping;
};

/* Tells whoever started us how it went; only the first word counts. */
static void tell(struct daemon *daemon, const char *word)
{
    if (daemon->ready >= 0) {
        if (!hb_file_write_all(daemon->ready, word, strlen(word)) ||
            !hb_file_write_all(daemon->ready, "\n", 1)) {
            LOG_WARN("whoever started the bridge does not listen any more");
        }
        close(daemon->ready);
        daemon->ready = -1;
    }
}

static void notify(const char *state)
{
#ifdef HB_HAVE_SYSTEMD
    sd_notify(0, state);
#else
    (void)state;
#endif
}

/* ---- the end, in reverse ---------------------------------------------- */

static void on_rest(uv_timer_t *timer)
{
    struct daemon *daemon = timer->data;
    if (!hb_history_idle(daemon->history)) {
        return;
    }
    uv_close((uv_handle_t *)&daemon->rest, NULL);
    hb_listener_end(daemon->listener);
    hb_pipeline_free(daemon->pipeline);
    daemon->pipeline = NULL;
    hb_syntax_checker_free(daemon->checker);
    hb_confirm_free(daemon->confirm);
    hb_history_end(daemon->history);
}

static void on_stopped(void *user)
{
    struct daemon *daemon = user;
    hb_listener_set_pipeline(daemon->listener, NULL);
    uv_timer_start(&daemon->rest, on_rest, 0, REST_MS);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct daemon *daemon = handle->data;
    if (daemon->stopping) {
        return;
    }
    daemon->stopping = true;
    LOG_INFO("stopping (%s)", strsignal(number));
    notify("STOPPING=1");
    for (size_t i = 0; i < 2; i++) {
        uv_close((uv_handle_t *)&daemon->signals[i], NULL);
    }
    hb_pipeline_stop(daemon->pipeline, on_stopped, daemon);
}

/* ---- the beginning ---------------------------------------------------- */

static bool watch_signals(struct daemon *daemon, struct hb_error *err)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&daemon->loop, &daemon->signals[i]);
        daemon->signals[i].data = daemon;
        int code = uv_signal_start(&daemon->signals[i], on_signal, numbers[i]);
        if (code != 0) {
            return hb_error_set(err, HB_EIO, "cannot watch signals: %s",
                                uv_strerror(code));
        }
    }
    uv_timer_init(&daemon->loop, &daemon->rest);
    daemon->rest.data = daemon;
    return true;
}

static bool open_history(struct daemon *daemon, struct hb_error *err)
{
    char *path = hb_path_history();
    char *notice = NULL;
    const struct hb_history_options options = {.path = path,
                                               .checker = "/proc/self/exe"};
    daemon->history = hb_history_open(&daemon->loop, &options, &notice, err);
    if (notice != NULL) {
        LOG_WARN("%s", notice);
    }
    free(notice);
    free(path);
    return daemon->history != NULL;
}

static bool open_pipeline(struct daemon *daemon, struct hb_error *err)
{
    char *config = hb_path_config();
    const struct hb_pipeline_parts parts = {
        .loop = &daemon->loop,
        .history = daemon->history,
        .confirm = daemon->confirm,
        .checker = daemon->checker,
        .config_path = config,
    };
    const struct hb_pipeline_listener listener = {
        .changed = hb_listener_changed,
        .targets = hb_listener_targets,
        .user = daemon->listener,
    };
    daemon->pipeline = hb_pipeline_new(&parts, &listener, err);
    free(config);
    return daemon->pipeline != NULL;
}

static bool build(struct daemon *daemon, struct hb_error *err)
{
    if (!open_history(daemon, err)) {
        return false;
    }
    daemon->confirm = hb_confirm_new(&daemon->loop);
    daemon->checker = hb_syntax_checker_new(&daemon->loop);
    const struct hb_listener_options options = {
        .loop = &daemon->loop,
        .token = daemon->owner.token,
        .proof = daemon->owner.proof,
        .version = HB_VERSION,
        .history = daemon->history,
    };
    daemon->listener = hb_listener_new(&options, err);
    if (daemon->listener == NULL || !open_pipeline(daemon, err) ||
        !watch_signals(daemon, err)) {
        return false;
    }
    hb_listener_set_pipeline(daemon->listener, daemon->pipeline);
    return hb_owner_announce(&daemon->owner, hb_listener_port(daemon->listener),
                             err);
}

static int run(struct daemon *daemon)
{
    struct hb_error err = {0};
    int other = -1;
    if (!hb_owner_take(&daemon->owner, &other, &err)) {
        if (other >= 0) {
            hb_error_clear(&err);
            hb_error_set(&err, HB_EIO, "another bridge runs already (pid %d)",
                         other);
        }
        LOG_ERR("%s", err.message);
        tell(daemon, err.message);
        return other >= 0 ? HB_DAEMON_OWNED : 1;
    }
    uv_loop_init(&daemon->loop);
    if (!build(daemon, &err)) {
        /* The process ends here: the system closes what is open. */
        LOG_ERR("%s", err.message);
        tell(daemon, err.message);
        hb_owner_release(&daemon->owner);
        return 1;
    }
    LOG_INFO("hotbridge %s listens on 127.0.0.1:%d (pid %d)", HB_VERSION,
             hb_listener_port(daemon->listener), (int)getpid());
    tell(daemon, "ready");
    notify("READY=1");
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    hb_listener_free(daemon->listener);
    hb_history_close(daemon->history);
    uv_run(&daemon->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&daemon->loop);
    assert(left == 0);
    (void)left;
    hb_owner_release(&daemon->owner);
    LOG_INFO("stopped");
    return 0;
}

int hb_daemon_main(int argc, char **argv)
{
    static const struct option options[] = {
        {"ready-fd", required_argument, NULL, 'r'},
        {"check-history", required_argument, NULL, 'c'}, /* upkeep.c */
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    struct daemon *daemon = hb_alloc(sizeof *daemon);
    daemon->ready = -1;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (c == 'c') {
            free(daemon);
            return hb_git_memory() && git_libgit2_init() >= 0
                       ? hb_check_main(optarg)
                       : EXIT_FAILURE;
        }
        if (c == 'r') {
            daemon->ready = atoi(optarg);
        } else if (c == 'v') {
            hb_log_set_level(HB_LOG_DEBUG);
        } else {
            free(daemon);
            return 2;
        }
    }
    /* Each of the pool's threads would keep an arena of its own. */
    mallopt(M_ARENA_MAX, ARENAS);
    setenv("UV_THREADPOOL_SIZE", POOL_THREADS, 0);
    signal(SIGPIPE, SIG_IGN);
    umask(077);
    if (!hb_git_memory() || git_libgit2_init() < 0) {
        fputs("hotbridge: libgit2 cannot be used here\n", stderr);
        free(daemon);
        return 1;
    }
    int code = run(daemon);
    git_libgit2_shutdown();
    free(daemon);
    return code;
}
