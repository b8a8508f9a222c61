/*
 * For tests: a temporary folder (the test's *state), servers in it as Zato
 * lays them out, and processes that look like a server's.
 */
#ifndef TEST_TREE_H
#define TEST_TREE_H

#include "base/alloc.h"
#include "base/paths.h"

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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* Whoever is neither root nor the owner of a test's files. */
#define NOBODY 65534

/* The colour escapes of 3.2. */
#define INFO_32 " - \x1b[1;37mINFO \x1b[0m - 100:MainThread - "
#define STAMP "2026-11-23 02:52:46,510"

static inline int tree_set_up(void **state)
{
    char *folder = hb_strdup("/tmp/hb-target-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chmod(folder, 0755), 0);
    setenv("HOME", folder, 1);
    *state = folder;
    return 0;
}

static inline int tree_tear_down(void **state)
{
    char *command = hb_format("chmod -R u+rwX '%s'; rm -rf '%s'",
                              (char *)*state, (char *)*state);
    assert_int_equal(system(command), 0);
    free(command);
    free(*state);
    return 0;
}

static inline char *tree_path(void **state, const char *name)
{
    return hb_path_join(*state, name);
}

static inline void tree_make(void **state, const char *folder)
{
    char *path = tree_path(state, folder);
    assert_true(hb_path_make(path, 0755, NULL));
    free(path);
}

static inline void tree_put(void **state, const char *name, const char *text,
                            const char *mode)
{
    char *path = tree_path(state, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_true(hb_path_make(path, 0755, NULL));
    *slash = '/';
    FILE *file = fopen(path, mode);
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static inline void tree_write(void **state, const char *name, const char *text)
{
    tree_put(state, name, text, "w");
}

static inline char *tree_read(void **state, const char *name)
{
    char *path = tree_path(state, name);
    char *bytes = NULL;
    size_t len;
    assert_true(hb_file_read(path, 1 << 20, &bytes, &len, NULL));
    free(path);
    return bytes;
}

/* Sets a file's time to so many seconds from now. */
static inline void tree_age(void **state, const char *name, long seconds)
{
    char *path = tree_path(state, name);
    struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {0}};
    clock_gettime(CLOCK_REALTIME, &times[1]);
    times[1].tv_sec += seconds;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
}

/* More of a server's log, which is then a minute old. */
static inline void tree_log(void **state, const char *server, const char *text)
{
    char *name = hb_format("%s/logs/server.log", server);
    tree_put(state, name, text, "a");
    tree_age(state, name, -60);
    free(name);
}

static inline void tree_file(void **state, const char *server, const char *name,
                             const char *text)
{
    char *path = hb_format("%s/%s", server, name);
    tree_write(state, path, text);
    free(path);
}

/* A server of "2.0", "3.2" or "4.1" that has started and been quiet for a
 * minute. Its path is freed by the caller. */
static inline char *tree_server(void **state, const char *name,
                                const char *version)
{
    bool two = strcmp(version, "2.0") == 0;
    const char *pickup = two ? "pickup-dir" : "pickup/incoming/services";
    char *conf = hb_format("[main]\ngunicorn_bind=localhost:17010\n"
                           "gunicorn_workers=2\n\n[hot_deploy]\n"
                           "pickup_dir=../../%s\nwork_dir=../../work\n"
                           "# These are relative to work_dir\n"
                           "current_work_dir=./hot-deploy/current\n",
                           pickup);
    char *info = hb_format("{\"version\": \"Zato %s-rev-py3.10.13-x\", "
                           "\"component\": \"SERVER\"}\n",
                           version);
    char *log = hb_format(STAMP INFO_32 "zato:0 - Starting Zato %s-rev-py3.10."
                                        "13-x\n" STAMP INFO_32
                                        "zato.server.base.parallel:0 - "
                                        "Started `%s@qs` (pid: 100)\n",
                          version, name);
    char *folder = hb_format("%s/%s", name, pickup);
    char *work = hb_format("%s/work/hot-deploy/current", name);
    tree_make(state, folder);
    tree_make(state, work);
    tree_file(state, name, "config/repo/server.conf", conf);
    if (!two) {
        tree_file(state, name, ".zato-info", info);
    }
    tree_log(state, name, two ? "" : log);
    free(work);
    free(folder);
    free(log);
    free(info);
    free(conf);
    return tree_path(state, name);
}

/* A living process with this command line (a shell's own "-c" and its script
 * come second and third), in the folder cwd when that is not NULL. Its number
 * goes into the server's pidfile. */
static inline pid_t tree_spawn(void **state, const char *server,
                               const char *cwd, const char *title,
                               const char *arg1, const char *arg2)
{
    const char *argv[] = {title, "-c", "kill -STOP $$", arg1, arg2, NULL};
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (cwd != NULL && chdir(cwd) != 0) {
            _exit(126);
        }
        execv("/bin/sh", (char *const *)argv);
        _exit(127);
    }
    char byte;
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0); /* the exec closed it */
    close(ready[0]);
    if (server != NULL) {
        char *number = hb_format("%d", (int)pid);
        tree_file(state, server, "pidfile", number);
        free(number);
    }
    return pid;
}

static inline void tree_kill(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* The number of a process that has just ended. */
static inline void tree_dead_pidfile(void **state, const char *server)
{
    tree_kill(tree_spawn(state, server, NULL, "sh", NULL, NULL));
}

/* Root may do anything, so what is forbidden is tried as somebody else. */
static inline void tree_become_nobody(void **state)
{
    char *command = hb_format("chown -R %d '%s'", NOBODY, (char *)*state);
    if (getuid() == 0) {
        assert_int_equal(system(command), 0);
        assert_int_equal(seteuid(NOBODY), 0);
    }
    free(command);
}

static inline void tree_become_self(void)
{
    assert_int_equal(seteuid(getuid()), 0);
}

#define TREE_TEST(name) \
    cmocka_unit_test_setup_teardown(name, tree_set_up, tree_tear_down)

#endif
