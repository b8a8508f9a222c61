#include "target/probe.h"

#include "target/ini.h"
#include "target/tail.h"
#include "target/tree.h"
#include "target/version.h"

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>

/* A target with one server in that folder of the tree, probed. */
static struct hb_target *probe(void **state, const char *name,
                               enum hb_profile profile)
{
    char *path = tree_path(state, name);
    struct hb_target *target = hb_target_new("dev");
    target->profile = profile;
    hb_target_add_server(target, name, path);
    hb_target_probe(target);
    free(path);
    return target;
}

static bool says(const struct hb_strings *problems, const char *words)
{
    for (size_t i = 0; i < problems->count; i++) {
        if (strstr(problems->items[i], words) != NULL) {
            return true;
        }
    }
    return false;
}

static void expect_problem(void **state, const char *server, const char *words)
{
    struct hb_target *target = probe(state, server, HB_PROFILE_AUTO);
    if (!says(&target->servers[0].problems, words)) {
        for (size_t i = 0; i < target->servers[0].problems.count; i++) {
            print_message("%s\n", target->servers[0].problems.items[i]);
        }
        fail_msg("nothing says: %s", words);
    }
    hb_target_free(target);
}

static void expect_path(void **state, const char *path, const char *below)
{
    char *expected = tree_path(state, below);
    assert_string_equal(path, expected);
    free(expected);
}

static void a_server_of_32_is_seen_whole(void **state)
{
    char *path = tree_server(state, "server1", "3.2");
    pid_t pid = tree_spawn(state, "server1", NULL,
                           "gunicorn: master [gunicorn]", NULL, NULL);
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    const struct hb_server *server = &target->servers[0];
    assert_true(server->found);
    assert_int_equal(server->profile, HB_PROFILE_ZATO_32);
    assert_string_equal(server->version, "Zato 3.2-rev-py3.10.13-x");
    assert_string_equal(server->python_version, "3.10");
    assert_null(server->python); /* a shell is no Python */
    expect_path(state, server->pickup, "server1/pickup/incoming/services");
    expect_path(state, server->copies, "server1/work/hot-deploy/current");
    expect_path(state, server->log, "server1/logs/server.log");
    assert_int_equal(server->running, HB_RUNNING_YES);
    assert_int_equal(server->pid, pid);
    assert_int_equal(server->workers, 2);
    assert_int_equal(server->problems.count, 0);
    assert_int_equal(target->problems.count, 0);
    tree_kill(pid);
    hb_target_free(target);
    free(path);
}

static void a_server_of_4_has_no_copies(void **state)
{
    char *path = tree_server(state, "server1", "4.1");
    pid_t pid =
        tree_spawn(state, "server1", NULL, "python", "zato.server.main", path);
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    const struct hb_server *server = &target->servers[0];
    assert_int_equal(server->profile, HB_PROFILE_ZATO_4);
    assert_null(server->copies);
    assert_int_equal(server->running, HB_RUNNING_YES);
    assert_int_equal(server->problems.count, 0);
    tree_kill(pid);
    hb_target_free(target);
    free(path);
}

static void a_server_of_20_is_known_by_its_folders(void **state)
{
    char *path = tree_server(state, "server1", "2.0");
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    const struct hb_server *server = &target->servers[0];
    assert_int_equal(server->profile, HB_PROFILE_ZATO_2);
    assert_null(server->version);
    expect_path(state, server->pickup, "server1/pickup-dir");
    expect_path(state, server->copies, "server1/work/hot-deploy/current");
    assert_true(says(&server->problems, "profile = zato-2"));
    hb_target_free(target);
    target = probe(state, "server1", HB_PROFILE_ZATO_2);
    assert_int_equal(target->servers[0].profile, HB_PROFILE_ZATO_2);
    assert_false(says(&target->servers[0].problems, "version"));
    hb_target_free(target);
    free(path);
}

static void the_profile_set_wins(void **state)
{
    free(tree_server(state, "server1", "4.1"));
    struct hb_target *target = probe(state, "server1", HB_PROFILE_ZATO_32);
    assert_int_equal(target->servers[0].profile, HB_PROFILE_ZATO_32);
    assert_non_null(target->servers[0].copies);
    hb_target_free(target);
}

static void versions_have_their_profiles(void **state)
{
    (void)state;
    assert_int_equal(hb_version_profile("Zato 2.0.8"), HB_PROFILE_ZATO_2);
    assert_int_equal(hb_version_profile("Zato 3.2"), HB_PROFILE_ZATO_32);
    assert_int_equal(hb_version_profile("Zato 3.2.1"), HB_PROFILE_ZATO_32);
    assert_int_equal(hb_version_profile("Zato 3.20"), HB_PROFILE_UNKNOWN);
    assert_int_equal(hb_version_profile("Zato 3.1"), HB_PROFILE_UNKNOWN);
    assert_int_equal(hb_version_profile("Zato 4.1+rev"), HB_PROFILE_ZATO_4);
    assert_int_equal(hb_version_profile("Zato 5.0"), HB_PROFILE_UNKNOWN);
    assert_int_equal(hb_version_profile("4.1"), HB_PROFILE_UNKNOWN);
    assert_int_equal(hb_version_profile(""), HB_PROFILE_UNKNOWN);
    char *python = hb_version_python("Zato 3.2-nogit-linux-py3.10.13-debian");
    assert_string_equal(python, "3.10");
    free(python);
    python = hb_version_python("/python3.8");
    assert_string_equal(python, "3.8");
    free(python);
    assert_null(hb_version_python("/python3"));
    assert_null(hb_version_python("happy py pypy"));
}

static void what_is_wrong_with_the_version_is_told(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    static const char *const infos[] = {"",
                                        "{",
                                        "[]",
                                        "\"Zato 3.2\"",
                                        "{\"version\": 3.2}",
                                        "{\"version\": \"\"}",
                                        "{\"version\": null}",
                                        "{\"v\": \"Zato 3.2\"}",
                                        "{\"version\": \"Zato\\u0000 3.2\"}",
                                        "{\"version\": \"\xFF\"}"};
    for (size_t i = 0; i < sizeof infos / sizeof *infos; i++) {
        tree_write(state, "server1/.zato-info", infos[i]);
        expect_problem(state, "server1", "does not tell a version");
    }
    tree_write(state, "server1/.zato-info", "{\"version\": \"Zato 9.0\"}");
    tree_write(state, "server1/logs/server.log", "");
    expect_problem(state, "server1", "Zato 9.0, for which there are no rules");
    char *info = tree_path(state, "server1/.zato-info");
    unlink(info);
    expect_problem(state, "server1", "names no version");
    free(info);
}

static void a_version_holds_on_while_it_cannot_be_read(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    tree_write(state, "server1/logs/server.log", "");
    char *info = tree_path(state, "server1/.zato-info");
    tree_become_nobody(state);
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    const struct hb_server *server = &target->servers[0];
    assert_int_equal(server->profile, HB_PROFILE_ZATO_32);
    chmod(info, 0);
    for (int i = 0; i < 2; i++) {
        hb_target_probe(target);
        assert_int_equal(server->profile, HB_PROFILE_ZATO_32);
        assert_non_null(server->copies);
        assert_null(server->unruled);
        assert_true(says(&server->problems,
                         ".zato-info: Permission denied; it is taken to be "
                         "Zato 3.2"));
    }
    hb_target_free(target);
    target = probe(state, "server1", HB_PROFILE_AUTO);
    server = &target->servers[0];
    assert_int_equal(server->profile, HB_PROFILE_UNKNOWN);
    assert_non_null(strstr(server->unruled, "Permission denied"));
    assert_false(says(&server->problems, "there is no .zato-info"));
    chmod(info, 0644);
    hb_target_probe(target);
    assert_int_equal(server->profile, HB_PROFILE_ZATO_32);
    assert_null(server->unruled);
    unlink(info); /* gone is gone */
    hb_target_probe(target);
    assert_int_equal(server->profile, HB_PROFILE_UNKNOWN);
    assert_non_null(strstr(server->unruled, "there is no .zato-info"));
    hb_target_free(target);
    tree_become_self();
    free(info);
}

/* A server that was upgraded keeps its .zato-info. */
static void the_log_knows_what_really_runs(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    tree_log(state, "server1",
             STAMP " - INFO - 1:Dummy-1 - zato:0 - Starting Zato 4.1-x\n");
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    assert_int_equal(target->servers[0].profile, HB_PROFILE_ZATO_4);
    assert_string_equal(target->servers[0].version, "Zato 4.1-x");
    assert_true(says(&target->servers[0].problems, "profile = zato-4"));
    hb_target_free(target);
}

static void folders_that_are_wrong_are_told(void **state)
{
    expect_problem(state, "nowhere", "there is no folder");
    tree_make(state, "empty");
    expect_problem(state, "empty", "not a Zato server's folder");
    free(tree_server(state, "server1", "3.2"));
    tree_write(state, "server1/config/repo/server.conf", "[main]\n");
    expect_problem(state, "server1", "no section [hot_deploy]");
    expect_problem(state, "server1", "no gunicorn_workers");
    tree_write(state, "server1/config/repo/server.conf",
               "[main]\ngunicorn_workers=auto\n[hot_deploy]\npickup_dir=\n");
    expect_problem(state, "server1", "no pickup_dir in [hot_deploy]");
    expect_problem(state, "server1", "gives no number");
    tree_write(state, "server1/config/repo/server.conf",
               "[hot_deploy]\npickup_dir=../../no/such\n");
    expect_problem(state, "server1", "/server1/no/such is not there");
    tree_write(state, "server1/config/repo/server.conf",
               "[hot_deploy]\npickup_dir=server.conf\n");
    expect_problem(state, "server1", "is not a folder");
}

static void what_may_not_be_read_is_told(void **state)
{
    char *path = tree_server(state, "server1", "3.2");
    char *pickup = tree_path(state, "server1/pickup/incoming/services");
    char *log = tree_path(state, "server1/logs/server.log");
    char *conf = tree_path(state, "server1/config/repo/server.conf");
    char *info = tree_path(state, "server1/.zato-info");
    tree_become_nobody(state);
    chmod(pickup, 0555);
    expect_problem(state, "server1", "is not writable");
    chmod(log, 0);
    expect_problem(state, "server1", "let your user read it, or no deploy");
    chmod(info, 0);
    expect_problem(state, "server1", ".zato-info: Permission denied");
    chmod(conf, 0);
    expect_problem(state, "server1", "server.conf: Permission denied");
    chmod(path, 0);
    expect_problem(state, "server1", "server.conf: Permission denied");
    chmod(path, 0755);
    tree_become_self();
    free(info);
    free(conf);
    free(log);
    free(pickup);
    free(path);
}

static void a_log_that_is_missing_or_odd_is_told(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    char *log = tree_path(state, "server1/logs/server.log");
    unlink(log);
    expect_problem(state, "server1", "it has no log at");
    assert_int_equal(mkfifo(log, 0600), 0);
    expect_problem(state, "server1", "not a plain file");
    free(log);
}

static void links_and_blanks_in_paths_are_followed(void **state)
{
    free(tree_server(state, "my env/server 1", "3.2"));
    tree_make(state, "elsewhere/services");
    tree_make(state, "elsewhere/work");
    char *link = tree_path(state, "server1");
    char *env = tree_path(state, "my env/server 1");
    assert_int_equal(symlink(env, link), 0);
    char *pickup = tree_path(state, "my env/server 1/in");
    assert_int_equal(symlink("../../elsewhere/services", pickup), 0);
    char *conf = hb_format("\xEF\xBB\xBF[main]\r\ngunicorn_workers = 1\r\n"
                           "[ hot_deploy ]\r\npickup_dir = ../../in ; here\r\n"
                           "work_dir = %s/elsewhere/work # there\r\n"
                           "current_work_dir = 'now here'\r\n",
                           (char *)*state);
    tree_write(state, "my env/server 1/config/repo/server.conf", conf);
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    expect_path(state, target->servers[0].pickup, "elsewhere/services");
    expect_path(state, target->servers[0].copies, "elsewhere/work/now here");
    expect_path(state, target->servers[0].log, "server1/logs/server.log");
    assert_int_equal(target->servers[0].workers, 1);
    hb_target_free(target);
    free(conf);
    free(pickup);
    free(env);
    free(link);
}

static void expect_ini(const char *text, const char *expected)
{
    char *value = hb_ini_get(text, strlen(text), "s", "k");
    if (expected == NULL ? value != NULL
                         : value == NULL || strcmp(value, expected) != 0) {
        fail_msg("%s: %s", text, value == NULL ? "(none)" : value);
    }
    free(value);
}

static void ini_files_are_read_with_tolerance(void **state)
{
    (void)state;
    expect_ini("[s]\nk=v\n", "v");
    expect_ini("[s]\nk = v", "v");
    expect_ini("[s]\r\nK\t=\tv  \r\n", "v");
    expect_ini("\xEF\xBB\xBF[s]\nk=v", "v");
    expect_ini("[s]\nk=1\nk=2\n", "2");
    expect_ini("[s]\nk=1\n[t]\nk=2\n[s]\nk=3\n", "3");
    expect_ini("[s] # the section\nk=%(a)s/$b\n", "%(a)s/$b");
    expect_ini("[s]\nk=a#b;c\n", "a#b;c");
    expect_ini("[s]\nk=a b # c\n", "a b");
    expect_ini("[s]\nk=\"a # b\" # c\n", "a # b");
    expect_ini("[s]\nk='a\n", "'a");
    expect_ini("[s]\nk=\n", "");
    expect_ini("[s]\nk=a=b\n", "a=b");
    expect_ini("[s]\n#k=1\n;k=2\n", NULL);
    expect_ini("[s]\nk\n", NULL);
    expect_ini("k=1\n[S]\nk=2\n[s\nk=3\n", NULL);
    expect_ini("", NULL);
    expect_ini("[s]\nkk=1\n", NULL);
    assert_null(hb_ini_get(NULL, 0, "s", "k"));
    assert_true(hb_ini_has_section("[a]\n[s]", 7, "s"));
    assert_false(hb_ini_has_section("#[s]", 4, "s"));
}

static void the_logs_of_real_servers_are_understood(void **state)
{
    struct hb_tail tail;
    double age;
    (void)state;
    assert_true(hb_tail_read(TESTS_DIR "/logs/3.2/restart.server2.log", &tail,
                             &age, NULL));
    assert_string_equal(tail.version,
                        "Zato 3.2-nogit-linux-py3.10.13-debian.12-bookworm");
    assert_true(tail.started);
    assert_false(tail.stopped);
}

static void tail_of(const char *text, struct hb_tail *tail)
{
    hb_tail_parse(text, strlen(text), tail);
}

static void only_a_servers_own_words_count(void **state)
{
    struct hb_tail tail;
    (void)state;
    tail_of(STAMP INFO_32 "zato:0 - Starting Zato 3.2\n", &tail);
    assert_false(tail.started);
    tail_of(STAMP INFO_32 "zato:0 - Starting Zato 3.2\n" STAMP INFO_32
                          "zato:0 - Started `a@b` (pid: 1)\n" STAMP INFO_32
                          "zato:0 - Shutting down: Main",
            &tail);
    assert_true(tail.started);
    assert_true(tail.stopped);
    /* A new start begins anew. */
    tail_of(STAMP INFO_32 "zato:0 - Started `a@b` (pid: 1)\n" STAMP INFO_32
                          "zato:0 - Shutting down: Main\n" STAMP INFO_32
                          "zato:0 - Starting Zato 4.1\n",
            &tail);
    assert_false(tail.started);
    assert_false(tail.stopped);
    assert_string_equal(tail.version, "Zato 4.1");
    /* Something was said after the stop. */
    tail_of(STAMP INFO_32 "zato:0 - Shutting down: Main\n" STAMP INFO_32
                          "zato:0 - Booting worker\n",
            &tail);
    assert_false(tail.stopped);
    /* Text of many lines, and text that quotes. */
    tail_of(STAMP INFO_32 "svc:0 - hello\nStarting Zato 9\n"
                          "x - y - z - a - Shutting down: Main\n",
            &tail);
    assert_string_equal(tail.version, "");
    assert_false(tail.stopped);
    tail_of(STAMP INFO_32 "svc:0 - he said: Shutting down: Main\n", &tail);
    assert_false(tail.stopped);
    tail_of(STAMP INFO_32 "zato:0 - File observer for `/x` could not be "
                          "started, e:`...`\n",
            &tail);
    assert_true(tail.blind);
    tail_of(STAMP INFO_32 "svc:0 - Shutting down: Main\n", &tail);
    assert_false(tail.stopped);
    tail_of(STAMP INFO_32 "svc:0 - Starting Zato 9.9\n", &tail);
    assert_string_equal(tail.version, "");
    tail_of("", &tail);
    assert_false(tail.stopped);
}

static enum hb_running running(void **state, const char *name)
{
    char *path = tree_path(state, name);
    struct hb_target *target = hb_target_new("dev");
    hb_target_add_server(target, name, path);
    hb_target_probe_running(target);
    enum hb_running seen = target->servers[0].running;
    assert_int_equal(target->servers[0].pid != 0,
                     seen == HB_RUNNING_YES || seen == HB_RUNNING_STARTING);
    hb_target_free(target);
    free(path);
    return seen;
}

static void a_process_is_believed_by_its_command_line(void **state)
{
    char *path = tree_server(state, "server1", "3.2");
    char *other = tree_server(state, "server10", "3.2");
    char *option = hb_format("--chdir=%s/", path);
    const struct {
        const char *cwd;
        const char *title;
        const char *arg1;
        const char *arg2;
        enum hb_running running;
    } cases[] = {
        {NULL, "gunicorn: master [gunicorn]", NULL, NULL, HB_RUNNING_YES},
        {path, "/opt/zato/bin/gunicorn", NULL, NULL, HB_RUNNING_YES},
        {NULL, "python", "/opt/zato/bin/gunicorn", option, HB_RUNNING_YES},
        {other, "python", "gunicorn", "../server1", HB_RUNNING_YES},
        {other, "/opt/zato/bin/gunicorn", NULL, NULL, HB_RUNNING_NO},
        {NULL, "gunicorn", other, NULL, HB_RUNNING_NO},
        {NULL, "python", "zato.server.main", path, HB_RUNNING_YES},
        {NULL, "python", "zato.server.main", other, HB_RUNNING_NO},
        {NULL, "python", "zato.server.main", "/nowhere/s", HB_RUNNING_UNKNOWN},
        {NULL, "python", "examples/demo-server", path, HB_RUNNING_YES},
        {NULL, "python", "examples/demo-server", *state, HB_RUNNING_YES},
        {NULL, "python", "examples/demo-server", other, HB_RUNNING_NO},
        {*state, "python", "examples/demo-server", "server1", HB_RUNNING_YES},
        {NULL, "vim", path, NULL, HB_RUNNING_NO},
        {path, "sleep", NULL, NULL, HB_RUNNING_NO},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        pid_t pid = tree_spawn(state, "server1", cases[i].cwd, cases[i].title,
                               cases[i].arg1, cases[i].arg2);
        enum hb_running seen = running(state, "server1");
        tree_kill(pid);
        if (seen != cases[i].running) {
            fail_msg("case %zu (%s): %s", i, cases[i].title,
                     hb_running_word(seen));
        }
    }
    free(option);
    free(other);
    free(path);
}

static void stopped_needs_proof(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    /* No pidfile, and no word of a stop. */
    assert_int_equal(running(state, "server1"), HB_RUNNING_UNKNOWN);
    tree_dead_pidfile(state, "server1");
    assert_int_equal(running(state, "server1"), HB_RUNNING_NO);
    /* A log that was written just now speaks for a process elsewhere. */
    tree_age(state, "server1/logs/server.log", -1);
    assert_int_equal(running(state, "server1"), HB_RUNNING_UNKNOWN);
    /* Unless its last word is the stop. */
    tree_log(state, "server1", STAMP INFO_32 "zato:0 - Shutting down: Main\n");
    tree_age(state, "server1/logs/server.log", -1);
    assert_int_equal(running(state, "server1"), HB_RUNNING_NO);
    char *pidfile = tree_path(state, "server1/pidfile");
    unlink(pidfile);
    assert_int_equal(running(state, "server1"), HB_RUNNING_NO);
    /* A later start takes that back. */
    tree_log(state, "server1", STAMP INFO_32 "zato:0 - Starting Zato 3.2\n");
    assert_int_equal(running(state, "server1"), HB_RUNNING_UNKNOWN);
    free(pidfile);
}

static void a_dead_child_is_gone(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    pid_t pid =
        tree_spawn(state, "server1", NULL, "gunicorn: master [x]", NULL, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(running(state, "server1"), HB_RUNNING_NO);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void odd_pidfiles_prove_nothing(void **state)
{
    static const char *const odd[] = {
        "",    "x",  "-1", "0", "1", "12 3", "+5", " 7", "99999999999999999",
        "12x", "1.5"};
    free(tree_server(state, "server1", "3.2"));
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        tree_write(state, "server1/pidfile", odd[i]);
        assert_int_equal(running(state, "server1"), HB_RUNNING_UNKNOWN);
    }
}

/* Runs `inside` as a process of new namespaces; -1 where that is forbidden,
 * else what it gives. */
static int in_namespaces(void **state, int (*inside)(void **state))
{
    pid_t pid = fork();
    int status = -1;
    if (pid == 0) {
        if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) {
            _exit(99);
        }
        pid = fork();
        if (pid == 0) {
            _exit(inside(state));
        }
        _exit(waitpid(pid, &status, 0) == pid ? WEXITSTATUS(status) : 98);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WEXITSTATUS(status) == 99 ? -1 : WEXITSTATUS(status);
}

/* The first process of a container, whose second one is a server. */
static int start_container(void **state)
{
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/sh", "gunicorn: master [gunicorn]", "-c", "kill -STOP $$",
              (char *)NULL);
        _exit(127);
    }
    int status;
    waitpid(pid, &status, WUNTRACED);
    tree_write(state, "ready", "");
    char *done = tree_path(state, "done");
    for (int i = 0; i < 3000 && access(done, F_OK) != 0; i++) {
        usleep(10 * 1000);
    }
    free(done);
    return 0; /* which ends the server too */
}

static void a_server_in_a_container_is_not_called_stopped(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    tree_write(state, "server1/pidfile", "2");
    char *ready = tree_path(state, "ready");
    pid_t pid = fork();
    if (pid == 0) {
        _exit(in_namespaces(state, start_container) == -1 ? 99 : 0);
    }
    int status = 0;
    while (access(ready, F_OK) != 0) {
        if (waitpid(pid, &status, WNOHANG) == pid) {
            free(ready);
            skip(); /* not root */
        }
        usleep(10 * 1000);
    }
    assert_int_equal(running(state, "server1"), HB_RUNNING_UNKNOWN);
    tree_write(state, "done", "");
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free(ready);
}

/* Inside of a container: a folder put in from outside may be anybody's. */
static int look_inside(void **state)
{
    char *server = tree_path(state, "server1");
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("proc", "/proc", "proc", 0, NULL) != 0) {
        return 99;
    }
    if (running(state, "server1") != HB_RUNNING_NO) {
        return 1;
    }
    if (mount(server, server, NULL, MS_BIND, NULL) != 0) {
        return 99;
    }
    return running(state, "server1") == HB_RUNNING_UNKNOWN ? 0 : 2;
}

static void a_folder_from_outside_a_container_proves_nothing(void **state)
{
    free(tree_server(state, "my server/server1", "3.2"));
    char *link = tree_path(state, "server1");
    assert_int_equal(symlink("my server/server1", link), 0);
    free(link);
    tree_dead_pidfile(state, "server1");
    int status = in_namespaces(state, look_inside);
    if (status == -1 || status == 99) {
        skip();
    }
    assert_int_equal(status, 0);
}

static void a_server_that_starts_is_starting(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    pid_t pid = tree_spawn(state, "server1", NULL,
                           "gunicorn: master [gunicorn]", NULL, NULL);
    tree_log(state, "server1", STAMP INFO_32 "zato:0 - Starting Zato 3.2\n");
    assert_int_equal(running(state, "server1"), HB_RUNNING_STARTING);
    tree_log(state, "server1",
             STAMP INFO_32 "zato:0 - Started `server1@qs` (pid: 1)\n");
    assert_int_equal(running(state, "server1"), HB_RUNNING_YES);
    /* The start has long left the part of the log that is looked at. */
    char *many = hb_alloc(HB_TAIL_BYTES + 2);
    memset(many, 'x', HB_TAIL_BYTES);
    many[HB_TAIL_BYTES] = '\n';
    tree_log(state, "server1", STAMP INFO_32 "zato:0 - Starting Zato 3.2\n");
    tree_log(state, "server1", many);
    assert_int_equal(running(state, "server1"), HB_RUNNING_YES);
    tree_kill(pid);
    free(many);
}

static void a_python_of_the_server_is_found(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    int ready[2];
    char byte;
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        execl("/usr/bin/python3", "gunicorn: master [gunicorn]", "-c",
              "import time; time.sleep(1000)", (char *)NULL);
        _exit(127);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    char *number = hb_format("%d\n", (int)pid);
    tree_write(state, "server1/pidfile", number);
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    const struct hb_server *server = &target->servers[0];
    tree_kill(pid);
    assert_int_equal(server->running, HB_RUNNING_YES);
    assert_non_null(server->python);
    assert_int_equal(access(server->python, X_OK), 0);
    assert_non_null(strstr(server->python, server->python_version));
    hb_target_free(target);
    free(number);
}

static void a_blind_server_is_told_what_to_do(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    pid_t pid = tree_spawn(state, "server1", NULL,
                           "gunicorn: master [gunicorn]", NULL, NULL);
    tree_log(state, "server1",
             STAMP INFO_32 "zato.common.file:0 - File observer for `x` could "
                           "not be started, path:`/x` e:`y`\n");
    expect_problem(state, "server1", "ZATO_HOT_DEPLOY_PREFER_SNAPSHOTS=1");
    tree_kill(pid);
}

static void a_stopped_server_is_told_how_to_start(void **state)
{
    free(tree_server(state, "server1", "3.2"));
    tree_dead_pidfile(state, "server1");
    expect_problem(state, "server1", "zato start ");
    struct hb_target *target = probe(state, "server1", HB_PROFILE_AUTO);
    assert_true(says(&target->problems, "no server of it runs"));
    hb_target_free(target);
}

static void a_target_tells_what_concerns_it_all(void **state)
{
    char *one = tree_server(state, "server1", "3.2");
    char *two = tree_server(state, "server2", "4.1");
    tree_write(state, "server1/.hotbridge/crm.py.1", "x");
    tree_write(state, "server1/.hotbridge/crm.py.2", "x");
    tree_write(state, "server1/.hotbridge/crm.py.kept", "x");
    tree_age(state, "server1/.hotbridge/crm.py.1", -3600);
    tree_age(state, "server1/.hotbridge/crm.py.kept", -3600);
    tree_write(state, "server2/pickup/incoming/services/a.py", "x");
    tree_age(state, "server2/pickup/incoming/services/a.py", 3600);
    struct hb_target *target = hb_target_new("dev");
    hb_target_add_server(target, "server1", one);
    hb_target_add_server(target, "server2", two);
    hb_target_probe(target);
    assert_true(says(&target->problems, "of different versions"));
    assert_true(says(&target->problems, "server1: 1 stale file in "));
    assert_true(says(&target->problems, "server1: 1 version of somebody else"));
    assert_true(says(&target->problems, "server2: 1 file of it comes from"));
    size_t count = target->problems.count;
    hb_target_probe(target); /* again: nothing is told twice */
    assert_int_equal(target->problems.count, count);
    hb_target_free(target);
    target = hb_target_new("empty");
    hb_target_probe(target);
    assert_true(says(&target->problems, "no servers"));
    hb_target_free(target);
    free(two);
    free(one);
}

static void servers_are_found_in_a_folder(void **state)
{
    struct hb_strings found = {0};
    struct hb_error err = {0};
    free(tree_server(state, "qs 1/server10", "3.2"));
    free(tree_server(state, "qs 1/server2", "3.2"));
    free(tree_server(state, "elsewhere", "3.2"));
    tree_make(state, "qs 1/load-balancer/config/repo");
    tree_write(state, "qs 1/notes.txt", "");
    char *link = tree_path(state, "qs 1/server3");
    assert_int_equal(symlink("../elsewhere", link), 0);
    char *qs = tree_path(state, "qs 1/");
    assert_true(hb_probe_find_servers(qs, &found, &err));
    assert_int_equal(found.count, 3);
    expect_path(state, found.items[0], "qs 1/server2");
    expect_path(state, found.items[1], "qs 1/server3");
    expect_path(state, found.items[2], "qs 1/server10");
    hb_strings_release(&found);
    assert_true(hb_probe_find_servers("~/elsewhere", &found, &err));
    expect_path(state, found.items[0], "elsewhere");
    hb_strings_release(&found);
    assert_int_equal(chdir(qs), 0);
    assert_true(hb_probe_find_servers("server2", &found, &err));
    expect_path(state, found.items[0], "qs 1/server2");
    assert_true(hb_probe_find_servers(".", &found, &err));
    assert_int_equal(found.count, 4);
    hb_strings_release(&found);
    assert_int_equal(chdir("/"), 0);

    assert_false(hb_probe_find_servers("~/qs 1/load-balancer", &found, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    assert_non_null(strstr(err.message, "there is no Zato server in"));
    hb_error_clear(&err);
    assert_false(hb_probe_find_servers("~/nowhere", &found, &err));
    assert_int_equal(err.code, HB_EUSAGE);
    hb_error_clear(&err);
    assert_false(hb_probe_find_servers("~/qs 1/notes.txt", &found, &err));
    assert_non_null(strstr(err.message, "not a folder"));
    assert_int_equal(found.count, 0);
    free(qs);
    free(link);
}

/* Whatever stands in a server's files, looking at it does no harm. */
static void garbage_in_any_file_is_survived(void **state)
{
    static const char *const files[] = {"server1/config/repo/server.conf",
                                        "server1/.zato-info", "server1/pidfile",
                                        "server1/logs/server.log"};
    free(tree_server(state, "server1", "3.2"));
    unsigned seed = 7;
    tree_dead_pidfile(state, "server1");
    for (int round = 0; round < 400; round++) {
        const char *file = files[round % 4];
        char *good = tree_read(state, file);
        char *text = hb_strdup(good);
        size_t len = strlen(text);
        for (int k = 0; len > 0 && k < 1 + round % 9; k++) {
            seed = seed * 1103515245u + 12345u;
            text[(seed >> 8) % len] = (char)(seed >> 20);
        }
        tree_write(state, file, text);
        hb_target_free(probe(state, "server1", HB_PROFILE_AUTO));
        tree_write(state, file, good);
        free(text);
        free(good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TREE_TEST(a_server_of_32_is_seen_whole),
        TREE_TEST(a_server_of_4_has_no_copies),
        TREE_TEST(a_server_of_20_is_known_by_its_folders),
        TREE_TEST(the_profile_set_wins),
        TREE_TEST(versions_have_their_profiles),
        TREE_TEST(what_is_wrong_with_the_version_is_told),
        TREE_TEST(a_version_holds_on_while_it_cannot_be_read),
        TREE_TEST(the_log_knows_what_really_runs),
        TREE_TEST(folders_that_are_wrong_are_told),
        TREE_TEST(what_may_not_be_read_is_told),
        TREE_TEST(a_log_that_is_missing_or_odd_is_told),
        TREE_TEST(links_and_blanks_in_paths_are_followed),
        TREE_TEST(ini_files_are_read_with_tolerance),
        TREE_TEST(the_logs_of_real_servers_are_understood),
        TREE_TEST(only_a_servers_own_words_count),
        TREE_TEST(a_process_is_believed_by_its_command_line),
        TREE_TEST(stopped_needs_proof),
        TREE_TEST(a_dead_child_is_gone),
        TREE_TEST(odd_pidfiles_prove_nothing),
        TREE_TEST(a_server_in_a_container_is_not_called_stopped),
        TREE_TEST(a_folder_from_outside_a_container_proves_nothing),
        TREE_TEST(a_server_that_starts_is_starting),
        TREE_TEST(a_python_of_the_server_is_found),
        TREE_TEST(a_blind_server_is_told_what_to_do),
        TREE_TEST(a_stopped_server_is_told_how_to_start),
        TREE_TEST(a_target_tells_what_concerns_it_all),
        TREE_TEST(servers_are_found_in_a_folder),
        TREE_TEST(garbage_in_any_file_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
