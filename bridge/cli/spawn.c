#include "cli/spawn.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/paths.h"
#include "daemon/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A log larger than this becomes bridge.log.1, in bytes. */
#define LOG_MAX (1024 * 1024)
/* How long a bridge may take to be ready, and to be gone, in seconds. */
#define READY_SECONDS 30.0
#define GONE_SECONDS 30.0
/* Between two looks at what another process does, in milliseconds. */
#define LOOK_MS 20
/* Descriptor of the readiness pipe in the child. */
#define READY_FD 3

enum spawned { SPAWN_READY, SPAWN_OTHER, SPAWN_FAILED };

static void pause_a_little(void)
{
    const struct timespec time = {.tv_nsec = LOOK_MS * 1000000L};
    nanosleep(&time, NULL);
}

/* The log of a bridge that was started here. */
static char *log_path(void)
{
    char *state = hb_path_state();
    char *path = hb_path_join(state, "bridge.log");
    free(state);
    return path;
}

static int open_log(struct hb_error *err)
{
    char *state = hb_path_state();
    char *path = log_path();
    int fd = -1;
    struct stat st;
    if (!hb_path_make(state, 0700, err)) {
        err->code = HB_EBRIDGE;
        goto out;
    }
    if (lstat(path, &st) == 0 && st.st_size > LOG_MAX) {
        char *older = hb_format("%s.1", path);
        /* Failing, the log only grows longer. */
        (void)rename(path, older);
        free(older);
    }
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
              0600);
    if (fd < 0) {
        hb_error_errno(err, HB_EBRIDGE, errno, "cannot write the log %s", path);
    }
out:
    free(path);
    free(state);
    return fd;
}

/* In the child: nothing of ours is kept but the log and the pipe. */
static _Noreturn void become_bridge(int log, int ready)
{
    char number[16];
    char *argv[] = {"hotbridge", "daemon", "--ready-fd", number, NULL};
    sigset_t none;
    snprintf(number, sizeof number, "%d", READY_FD);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    setsid();
    int null = open("/dev/null", O_RDWR);
    /* Out of the way of the numbers that they are moved to. */
    log = fcntl(log, F_DUPFD, 10);
    ready = fcntl(ready, F_DUPFD, 10);
    if (null < 0 || log < 0 || ready < 0 || dup2(null, 0) < 0 ||
        dup2(log, 1) < 0 || dup2(log, 2) < 0 || dup2(ready, READY_FD) < 0 ||
        chdir("/") != 0) {
        _exit(127);
    }
    if (close_range(READY_FD + 1, ~0u, 0) != 0) {
        for (int fd = READY_FD + 1; fd < (int)sysconf(_SC_OPEN_MAX); fd++) {
            close(fd);
        }
    }
    execv("/proc/self/exe", argv);
    _exit(127);
}

/* The line that the child writes when it is ready, or why not. False when it
 * has not been written in time. */
static bool read_line(int fd, struct hb_buffer *line)
{
    double end = hb_clock_monotonic() + READY_SECONDS;
    for (;;) {
        char bytes[256];
        double left = end - hb_clock_monotonic();
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        if (left <= 0) {
            return false;
        }
        int ready = poll(&poll_fd, 1, (int)(left * 1000) + 1);
        if (ready <= 0) {
            continue;
        }
        ssize_t got = read(fd, bytes, sizeof bytes);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || !hb_buffer_add(line, bytes, (size_t)got) ||
            memchr(bytes, '\n', (size_t)got) != NULL) {
            break;
        }
    }
    if (line->len > 0) {
        line->data[strcspn(line->data, "\n")] = '\0';
    }
    return true;
}

static enum spawned failed(pid_t child, const char *line, struct hb_error *err)
{
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == HB_DAEMON_OWNED) {
        return SPAWN_OTHER;
    }
    char *log = log_path();
    if (line[0] != '\0') {
        hb_error_set(err, HB_EBRIDGE, "the bridge did not start: %s", line);
    } else {
        hb_error_set(err, HB_EBRIDGE,
                     "the bridge did not start; its log may say why: %s", log);
    }
    free(log);
    return SPAWN_FAILED;
}

static enum spawned spawn(struct hb_error *err)
{
    enum spawned result = SPAWN_FAILED;
    struct hb_buffer line = {.max = HB_ERROR_MAX};
    int pipes[2] = {-1, -1};
    int log = open_log(err);
    if (log < 0) {
        return SPAWN_FAILED;
    }
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        hb_error_errno(err, HB_EBRIDGE, errno, "cannot start the bridge");
        goto out;
    }
    fflush(NULL);
    pid_t child = fork();
    if (child < 0) {
        hb_error_errno(err, HB_EBRIDGE, errno, "cannot start the bridge");
        goto out;
    }
    if (child == 0) {
        become_bridge(log, pipes[1]);
    }
    close(pipes[1]);
    pipes[1] = -1;
    if (!read_line(pipes[0], &line)) {
        hb_error_set(err, HB_EBRIDGE,
                     "the bridge (pid %d) was not ready within %.0f s: look "
                     "at bridge.log in the state folder",
                     (int)child, READY_SECONDS);
    } else if (strcmp(hb_buffer_text(&line), "ready") == 0) {
        result = SPAWN_READY;
    } else {
        result = failed(child, hb_buffer_text(&line), err);
    }
out:
    for (int i = 0; i < 2; i++) {
        if (pipes[i] >= 0) {
            close(pipes[i]);
        }
    }
    close(log);
    hb_buffer_release(&line);
    return result;
}

static bool wait_for_lock(double seconds)
{
    double end = hb_clock_monotonic() + seconds;
    while (hb_find_lock_held()) {
        if (hb_clock_monotonic() >= end) {
            return false;
        }
        pause_a_little();
    }
    return true;
}

static bool end_bridge(int pid, struct hb_error *err)
{
    if (kill(pid, SIGTERM) != 0 && errno != ESRCH) {
        return hb_error_errno(err, HB_EBRIDGE, errno,
                              "cannot stop the bridge (pid %d)", pid);
    }
    if (!wait_for_lock(GONE_SECONDS)) {
        return hb_error_set(err, HB_EBRIDGE,
                            "the bridge (pid %d) was told to stop and still "
                            "runs after %.0f s: end it with kill -9 %d; what "
                            "was recorded is not lost",
                            pid, GONE_SECONDS, pid);
    }
    return true;
}

bool hb_spawn_stop(int *pid, struct hb_error *err)
{
    double end = hb_clock_monotonic() + READY_SECONDS;
    *pid = 0;
    while (hb_find_lock_held()) {
        struct hb_found found;
        enum hb_find result = hb_find_bridge(&found, err);
        if (result == HB_FIND_BAD) {
            return false;
        }
        if (result == HB_FIND_RUNNING) {
            *pid = found.info.pid;
            hb_found_release(&found);
            return end_bridge(*pid, err);
        }
        /* It starts, or is about to be gone. */
        if (hb_clock_monotonic() >= end) {
            return hb_error_set(
                err, HB_EBRIDGE,
                "a bridge runs (pid %d, as its lock file says), but its "
                "bridge.json is gone: end that process yourself",
                hb_find_lock_pid());
        }
        pause_a_little();
    }
    return true;
}

/* One that runs and is of our version. */
static enum hb_find find_ours(struct hb_found *found, struct hb_error *err)
{
    enum hb_find result = hb_find_bridge(found, err);
    if (result != HB_FIND_RUNNING) {
        return result;
    }
    if (strcmp(found->info.version, HB_VERSION) == 0) {
        return HB_FIND_RUNNING;
    }
    int pid = found->info.pid;
    hb_found_release(found);
    return end_bridge(pid, err) ? HB_FIND_NONE : HB_FIND_BAD;
}

bool hb_spawn_ensure(struct hb_found *found, bool *started,
                     struct hb_error *err)
{
    double end = hb_clock_monotonic() + READY_SECONDS;
    bool ours = false;
    for (;;) {
        enum hb_find result = find_ours(found, err);
        if (result != HB_FIND_NONE) {
            if (started != NULL) {
                *started = ours;
            }
            return result == HB_FIND_RUNNING;
        }
        if (hb_clock_monotonic() >= end) {
            return hb_error_set(
                err, HB_EBRIDGE,
                "a bridge holds the lock (pid %d, as its lock file says), but "
                "cannot be found: end that process, then try again",
                hb_find_lock_pid());
        }
        /* One that holds the lock without bridge.json starts or stops. */
        enum spawned spawned = hb_find_lock_held() ? SPAWN_OTHER : spawn(err);
        if (spawned == SPAWN_FAILED) {
            return false;
        }
        if (spawned == SPAWN_READY) {
            ours = true;
        } else {
            pause_a_little();
        }
    }
}
