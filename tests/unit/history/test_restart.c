#include "harness.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

/* What a child tells once the history has answered. */
struct said {
    char what; /* 'a'ttempt, 'o'utcome */
    unsigned number;
    char commit[HB_OID_SIZE];
};

static void bytes_of(unsigned number, char out[64])
{
    snprintf(out, 64, "x = %u\n", number);
}

static void say(int fd, char what, unsigned number, const char *commit)
{
    struct said said = {.what = what, .number = number};
    snprintf(said.commit, sizeof said.commit, "%s", commit);
    assert_int_equal(write(fd, &said, sizeof said), sizeof said);
}

/* Deploys one after the other, telling each answer, until it is killed. */
static void child_work(struct box *box, unsigned first, unsigned count, int fd)
{
    for (unsigned i = first; i < first + count; i++) {
        char bytes[64];
        bytes_of(i, bytes);
        box->ids = i - 1;
        struct hb_deploy *deploy =
            make_deploy(box, i % 2 == 0 ? "a.py" : "b.py");
        struct got begun = attempt(box, deploy, bytes);
        ok(&begun);
        say(fd, 'a', i, begun.attempt.attempt);
        set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
        hb_text_blob_id(bytes, strlen(bytes), deploy->blob);
        struct got ended = outcome(box, deploy);
        ok(&ended);
        say(fd, 'o', i, ended.commit);
        hb_deploy_free(deploy);
    }
}

/* Every answer still holds. */
static void assert_held(struct box *box, const struct said *said, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char id[HB_UUID_SIZE];
        char bytes[64];
        char blob[HB_OID_SIZE];
        snprintf(id, sizeof id, "00000000-0000-4000-8000-%012u",
                 said[i].number);
        bytes_of(said[i].number, bytes);
        hb_text_blob_id(bytes, strlen(bytes), blob);
        struct got known = get(box, id);
        ok(&known);
        assert_string_equal(known.deploy->blob, blob);
        if (said[i].what == 'o') {
            assert_string_equal(known.deploy->commit, said[i].commit);
            struct got text = source(box, known.deploy->module, said[i].commit);
            ok(&text);
            assert_string_equal(text.bytes, bytes);
            got_release(&text);
        }
        got_release(&known);
    }
}

static size_t read_said(int fd, struct said *said, size_t max)
{
    size_t count = 0;
    while (count < max &&
           read(fd, &said[count], sizeof *said) == sizeof *said) {
        count++;
    }
    return count;
}

#define ROUNDS 12
#define EACH 40u

static void a_kill_at_any_moment_loses_nothing(void **state)
{
    struct box *box = *state;
    static struct said said[ROUNDS * EACH * 2];
    size_t total = 0;
    box_close(box);
    srand(7);
    for (unsigned round = 0; round < ROUNDS; round++) {
        int ends[2];
        assert_int_equal(pipe(ends), 0);
        pid_t pid = fork();
        if (pid == 0) {
            struct box own = {.folder = box->folder, .path = box->path};
            close(ends[0]);
            if (uv_loop_init(&own.loop) == 0 && box_open(&own)) {
                child_work(&own, 1 + round * EACH, EACH, ends[1]);
            }
            _exit(0);
        }
        close(ends[1]);
        /* After some answers, and a little: anywhere in the next change. */
        size_t wanted = (size_t)rand() % (EACH * 2);
        size_t got = read_said(ends[0], said + total, wanted);
        usleep((useconds_t)(rand() % 3000));
        kill(pid, SIGKILL);
        got += read_said(ends[0], said + total + got, EACH * 2 - got);
        close(ends[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        assert_true(got >= wanted);

        if (!box_open(box)) {
            fail_msg("%s", box->opened.message);
        }
        assert_null(box->notice);
        assert_held(box, said + total, got);
        total += got;
        box->ids = 900000 + round;
        run_deploy(box, "c.py", "next", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
                   NULL);
        assert_sound(box);
        box_close(box);
    }
    assert_true(box_open(box));
    assert_held(box, said, total);
    assert_true(total > ROUNDS);
}

/* A program of its own, so that strace can kill it at a system call. */
static int child_main(const char *folder, const char *path)
{
    struct box box = {.folder = hb_strdup(folder), .path = hb_strdup(path)};
    git_libgit2_init();
    if (uv_loop_init(&box.loop) != 0 || !box_open(&box)) {
        fprintf(stderr, "%s\n", box.opened.message);
        return 1;
    }
    child_work(&box, 1, 2, STDOUT_FILENO);
    box_close(&box);
    return 0;
}

static char *self_path(void)
{
    char path[4096] = "";
    assert_true(readlink("/proc/self/exe", path, sizeof path - 1) > 0);
    return hb_strdup(path);
}

static void a_kill_at_each_system_call_loses_nothing(void **state)
{
    struct box *box = *state;
    if (system("strace -qq -o /dev/null true 2>/dev/null") != 0) {
        skip(); /* no strace here, or it may not trace */
    }
    static const char *const calls[] = {"pwrite64", "fdatasync", "rename",
                                        "unlink",   "write",     "ftruncate"};
    char *self = self_path();
    box_close(box);
    for (size_t c = 0; c < sizeof calls / sizeof calls[0]; c++) {
        for (int when = 1; when <= 12; when += 1 + when / 4) {
            struct said said[8];
            free(shell(box, "rm -rf ../history.git && mkdir ../history.git"));
            char *command = hb_format(
                "ASAN_OPTIONS=detect_leaks=0 exec strace -f -qq --seccomp-bpf -o /dev/null "
                "-e trace=%s -e inject=%s:signal=KILL:when=%d "
                "'%s' child '%s' '%s' 2>/dev/null",
                calls[c], calls[c], when, self, box->folder, box->path);
            FILE *pipe = popen(command, "r");
            assert_non_null(pipe);
            size_t got = fread(said, sizeof *said, 8, pipe);
            pclose(pipe);
            free(command);
            if (!box_open(box)) {
                fail_msg("%s %d: %s", calls[c], when, box->opened.message);
            }
            assert_null(box->notice);
            assert_held(box, said, got);
            box->ids = 900000;
            run_deploy(box, "c.py", "next", HB_TRIGGER_SAVE,
                       HB_OUTCOME_DEPLOYED, NULL);
            assert_sound(box);
            box_close(box);
        }
    }
    assert_true(box_open(box));
    free(self);
}

/* The journal as it is now on top of the repository as it was: what a loss of
 * power leaves when nothing but the journal had reached the disk. */
static void lose_power(struct box *box)
{
    box_close(box);
    /* The boot's id stands behind the magic of 24 bytes. */
    free(shell(box, "cp hotbridge/journal ../journal "
                    "&& cd .. && rm -rf history.git "
                    "&& cp -a before history.git "
                    "&& cp journal history.git/hotbridge/journal "
                    "&& printf 'another-boot' | dd of=history.git/hotbridge/"
                    "journal bs=1 seek=24 conv=notrunc status=none"));
    if (!box_open(box)) {
        fail_msg("%s", box->opened.message);
    }
}

static void only_the_journal_reached_the_disk(void **state)
{
    struct box *box = *state;
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    box_close(box);
    free(shell(box, "cp -a . ../before"));
    assert_true(box_open(box));
    char commit[HB_OID_SIZE];
    run_deploy(box, "a.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "b.py", "2", HB_TRIGGER_SAVE, HB_OUTCOME_CONFLICT, NULL);
    struct got theirs = found(box, "a.py", "theirs");
    run_deploy(box, "a.py", "3", HB_TRIGGER_SAVE, HB_OUTCOME_FAILED, commit);
    struct hb_deploy *deploy = make_deploy(box, "b.py");
    struct got begun = attempt(box, deploy, "4");
    ok(&begun);

    lose_power(box);
    assert_null(box->notice);
    assert_sound(box);
    char *expected = hb_format("%s\n", commit);
    expect(box, expected, "git rev-parse dev");
    free(expected);
    expect(box, "theirs", "git show %s:services/a.py", theirs.commit);
    struct got left = pending(box);
    assert_int_equal(left.count, 2);
    assert_string_equal(left.pending[0].bytes, "4");
    assert_string_equal(left.pending[0].deploy->attempt, begun.attempt.attempt);
    assert_true(left.pending[1].done);
    got_release(&left);
    hb_deploy_free(deploy);
    run_deploy(box, "a.py", "5", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    assert_sound(box);
}

static void objects_and_refs_were_left_empty(void **state)
{
    struct box *box = *state;
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    struct hb_deploy *deploy = make_deploy(box, "b.py");
    struct got begun = attempt(box, deploy, "1");
    ok(&begun);
    box_close(box);
    free(shell(box, "cp -a . ../before && cd ../before "
                    "&& find objects refs -type f -exec chmod u+w {} + "
                    "&& find objects refs -type f -exec truncate -s 0 {} +"));
    assert_true(box_open(box));
    lose_power(box);
    assert_null(box->notice);
    assert_sound(box);
    expect(box, "0", "git show dev:services/a.py");
    struct got left = pending(box);
    assert_int_equal(left.count, 1);
    assert_string_equal(left.pending[0].bytes, "1");
    got_release(&left);
    hb_deploy_free(deploy);
}

static void a_torn_journal_ends_at_its_last_whole_record(void **state)
{
    struct box *box = *state;
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    box_close(box);
    free(shell(box, "stat -c %%s hotbridge/journal > ../size "
                    "&& cp -a . ../before"));
    assert_true(box_open(box));
    run_deploy(box, "a.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    box_close(box);
    char *text = shell(box, "cat ../size");
    long whole = atol(text);
    free(text);
    text = shell(box, "stat -c %%s hotbridge/journal");
    long end = atol(text);
    free(text);
    free(shell(box, "cp -a . ../after"));
    for (long at = whole; at <= end; at += 61) {
        free(shell(box,
                   "cd .. && rm -rf history.git "
                   "&& cp -a before history.git "
                   "&& head -c %ld after/hotbridge/journal "
                   "> history.git/hotbridge/journal",
                   at));
        if (!box_open(box)) {
            fail_msg("%s", box->opened.message);
        }
        assert_null(box->notice);
        box->ids = 77;
        run_deploy(box, "a.py", "2", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
                   NULL);
        expect(box, "2", "git show dev:services/a.py");
        box_close(box);
    }
    assert_true(box_open(box));
    assert_sound(box);
}

static void a_second_bridge_is_turned_away(void **state)
{
    struct box *box = *state;
    struct box other = {.path = box->path};
    assert_int_equal(uv_loop_init(&other.loop), 0);
    assert_false(box_open(&other));
    assert_int_equal(other.opened.code, HB_EHISTORY);
    char *pid = hb_format("(pid %d)", (int)getpid());
    assert_non_null(strstr(other.opened.message, pid));
    free(pid);
    assert_int_equal(uv_loop_close(&other.loop), 0);
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
}

static void stale_locks_are_cleared(void **state)
{
    struct box *box = *state;
    run_deploy(box, "a.py", "0", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    box_close(box);
    free(shell(box, "touch HEAD.lock config.lock packed-refs.lock "
                    "refs/heads/dev.lock refs/hotbridge/pending/x.lock "
                    "objects/info/commit-graph.lock objects/tmp_object_git2_x "
                    "hotbridge/index/dev.new"));
    assert_true(box_open(box));
    run_deploy(box, "a.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    assert_sound(box);

    /* One that is held while the bridge runs is somebody's: waited for, then
     * told; and the next call works once it is gone. */
    struct hb_deploy *deploy = make_deploy(box, "a.py");
    struct got begun = attempt(box, deploy, "2");
    ok(&begun);
    free(shell(box, "touch refs/heads/dev.lock"));
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    struct got ended = outcome(box, deploy);
    assert_int_equal(ended.err.code, HB_EHISTORY);
    assert_non_null(strstr(ended.err.message, "dev.lock"));
    free(shell(box, "rm refs/heads/dev.lock"));
    ended = outcome(box, deploy);
    ok(&ended);
    hb_deploy_free(deploy);
    assert_sound(box);
}

static void delivery_that_began_is_known_after_a_kill(void **state)
{
    struct box *box = *state;
    struct hb_deploy *one = make_deploy(box, "a.py");
    struct hb_deploy *two = make_deploy(box, "b.py");
    struct got begun = attempt(box, one, "1");
    ok(&begun);
    begun = attempt(box, two, "2");
    ok(&begun);
    char name[] = "server one";
    struct hb_log_mark mark = {.server = name, .inode = 7, .offset = 1234};
    struct got got = {0};
    hb_history_delivering(box->history, one->id, &mark, 1, on_commit, &got);
    finish(box, &got);
    ok(&got);
    reopen(box);
    struct got left = pending(box);
    assert_int_equal(left.count, 2);
    assert_true(left.pending[0].delivering);
    assert_int_equal(left.pending[0].mark_count, 1);
    assert_string_equal(left.pending[0].marks[0].server, "server one");
    assert_int_equal(left.pending[0].marks[0].offset, 1234);
    assert_false(left.pending[1].delivering);
    got_release(&left);

    /* Not confirmed by all: watched on, from the same place. */
    set_outcome(one, HB_OUTCOME_UNCONFIRMED, HB_SERVER_SILENT, "silent");
    struct got ended = outcome(box, one);
    ok(&ended);
    expect(box, "", "ls hotbridge/delivering");
    reopen(box);
    left = pending(box);
    assert_int_equal(left.count, 2);
    assert_true(left.pending[1].done);
    assert_string_equal(left.pending[1].deploy->id, one->id);
    assert_int_equal(left.pending[1].deploy->outcome, HB_OUTCOME_UNCONFIRMED);
    assert_string_equal(left.pending[1].bytes, "1");
    assert_int_equal(left.pending[1].marks[0].offset, 1234);
    got_release(&left);

    /* A newer delivery of the module ends that. */
    run_deploy(box, "a.py", "3", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    left = pending(box);
    assert_int_equal(left.count, 1);
    got_release(&left);
    memset(&got, 0, sizeof got);
    hb_history_delivering(box->history, "../../x", &mark, 1, on_commit, &got);
    finish(box, &got);
    assert_int_equal(got.err.code, HB_EDEPLOY);
    hb_deploy_free(one);
    hb_deploy_free(two);
}

static void an_outcome_outlives_its_pending_ref(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "a.py");
    struct got begun = attempt(box, deploy, "1");
    ok(&begun);
    free(shell(box, "cp -a . ../before"));
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    struct got ended = outcome(box, deploy);
    ok(&ended);
    /* As if the removal of the pending ref had been lost. */
    free(shell(box,
               "cp -an ../before/objects . && git update-ref "
               "refs/hotbridge/pending/%s %s",
               deploy->id, begun.attempt.attempt));
    struct got left = pending(box);
    assert_int_equal(left.count, 0);
    got_release(&left);
    reopen(box);
    left = pending(box);
    assert_int_equal(left.count, 0);
    got_release(&left);
    hb_deploy_free(deploy);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "child") == 0) {
        return child_main(argv[2], argv[3]);
    }
#define test(name) \
    cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
    const struct CMUnitTest tests[] = {
        test(a_kill_at_any_moment_loses_nothing),
        test(a_kill_at_each_system_call_loses_nothing),
        test(only_the_journal_reached_the_disk),
        test(objects_and_refs_were_left_empty),
        test(a_torn_journal_ends_at_its_last_whole_record),
        test(a_second_bridge_is_turned_away),
        test(stale_locks_are_cleared),
        test(delivery_that_began_is_known_after_a_kill),
        test(an_outcome_outlives_its_pending_ref),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
