#include "cli/find.h"

#include "../scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Holds the lock as a bridge does; given back by close(). */
static int take_lock(void)
{
    char *path = hb_path_lock();
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    free(path);
    return fd;
}

static int setup(void **state)
{
    if (scratch_setup(state) != 0) {
        return -1;
    }
    char *states = hb_path_join(*state, "state");
    char *run = hb_path_join(*state, "run");
    hb_path_make(run, 0700, NULL);
    setenv("XDG_STATE_HOME", states, 1);
    setenv("XDG_RUNTIME_DIR", run, 1);
    free(states);
    free(run);
    return 0;
}

/* A bridge.json below the folder, with the right modes. */
static char *announce(void **state, const char *place, int pid)
{
    char *text =
        hb_format("{\"pid\":%d,\"url\":\"ws://127.0.0.1:4/\",\"token\":"
                  "\"t\",\"proof\":\"" HEX64 "\",\"version\":\"9\","
                  "\"protocol\":1}",
                  pid);
    char *path = scratch_write(*state, place, text);
    char *folder = hb_strndup(path, (size_t)(strrchr(path, '/') - path));
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(chmod(folder, 0700), 0);
    free(folder);
    free(text);
    return path;
}

static void name_in_lock(void **state, const char *path, int pid)
{
    char *text = hb_format("{\"pid\":%d,\"bridge\":\"%s\"}", pid, path);
    free(scratch_write(*state, "state/hotbridge/lock", text));
    free(text);
}

static void expect(enum hb_find wanted, const char *path)
{
    struct hb_found found;
    struct hb_error err = {0};
    enum hb_find result = hb_find_bridge(&found, &err);
    if (result != wanted) {
        fail_msg("%d instead of %d: %s", result, wanted, err.message);
    }
    assert_int_equal(result == HB_FIND_BAD, err.code == HB_EBRIDGE);
    if (path != NULL) {
        assert_string_equal(found.path, path);
    } else {
        assert_null(found.path);
    }
    hb_found_release(&found);
}

static int dead_pid(void)
{
    pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    siginfo_t info;
    waitid(P_PID, (id_t)child, &info, WEXITED);
    return (int)child;
}

static void the_lock_has_the_last_word(void **state)
{
    expect(HB_FIND_NONE, NULL);
    free(scratch_write(*state, "state/hotbridge/lock", ""));
    int lock = take_lock();
    char *usual = announce(state, "run/hotbridge/bridge.json", getpid());
    expect(HB_FIND_RUNNING, usual);
    char *other = announce(state, "elsewhere/bridge.json", getpid());
    name_in_lock(state, other, getpid());
    expect(HB_FIND_RUNNING, other);
    assert_int_equal(hb_find_lock_pid(), getpid());
    unlink(other);
    expect(HB_FIND_RUNNING, usual);
    unlink(usual);
    char *state_one =
        announce(state, "state/hotbridge/run/bridge.json", getpid());
    expect(HB_FIND_RUNNING, state_one);
    free(scratch_write(*state, "state/hotbridge/lock", "{\"pid\":"));
    expect(HB_FIND_RUNNING, state_one);
    close(lock);
    expect(HB_FIND_NONE, NULL);
    free(state_one);
    free(other);
    free(usual);
}

static void a_dead_one_is_none(void **state)
{
    free(scratch_write(*state, "state/hotbridge/lock", ""));
    int lock = take_lock();
    free(announce(state, "run/hotbridge/bridge.json", dead_pid()));
    expect(HB_FIND_NONE, NULL);
    close(lock);
}

static void what_others_could_write_is_not_trusted(void **state)
{
    char *path = announce(state, "run/hotbridge/bridge.json", getpid());
    char *folder = hb_path_join(*state, "run/hotbridge");
    free(scratch_write(*state, "state/hotbridge/lock", ""));
    int lock = take_lock();
    chmod(folder, 0750);
    expect(HB_FIND_BAD, NULL);
    chmod(folder, 0700);
    chmod(path, 0640);
    expect(HB_FIND_BAD, NULL);
    chmod(path, 0600);
    expect(HB_FIND_RUNNING, path);
    char *moved = hb_path_join(*state, "moved.json");
    assert_int_equal(rename(path, moved), 0);
    assert_int_equal(symlink(moved, path), 0);
    expect(HB_FIND_BAD, NULL);
    unlink(path);
    free(scratch_write(*state, "run/hotbridge/bridge.json", "{}"));
    chmod(path, 0600);
    expect(HB_FIND_BAD, NULL);
    close(lock);
    free(moved);
    free(folder);
    free(path);
}

static void the_lock_is_asked_without_taking_it(void **state)
{
    assert_false(hb_find_lock_held());
    char *path = scratch_write(*state, "state/hotbridge/lock", "");
    assert_false(hb_find_lock_held());
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_true(hb_find_lock_held());
    assert_true(hb_find_lock_held());
    close(fd);
    assert_false(hb_find_lock_held());
    assert_int_equal(hb_find_lock_pid(), 0);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_lock_has_the_last_word, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(a_dead_one_is_none, setup,
                                        scratch_teardown),
        cmocka_unit_test_setup_teardown(what_others_could_write_is_not_trusted,
                                        setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(the_lock_is_asked_without_taking_it,
                                        setup, scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
