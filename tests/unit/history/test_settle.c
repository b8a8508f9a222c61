/*
 * What a kill or a loss of power leaves undone, by hand: git's files are
 * changed while the journal still has what they held.
 */
#include "history/settle.h"

#include "base/disk.h"
#include "harness.h"

#include <fcntl.h>

/* Nothing is kept where nothing outlasts the machine. */
#define ON_A_DISK(box)                                       \
    do {                                                     \
        if (hb_disk_kind((box)->folder) == HB_DISK_MEMORY) { \
            skip();                                          \
        }                                                    \
    } while (0)

static char *path_of(const struct box *box, const char *name)
{
    return hb_path_join(box->path, name);
}

static size_t records_in(const struct box *box, const char *name)
{
    char head[4] = {0};
    char *path = path_of(box, name);
    int fd = open(path, O_RDONLY);
    if (fd >= 0) {
        assert_int_equal(read(fd, head, sizeof head), sizeof head);
        close(fd);
    }
    free(path);
    return memcmp(head, "hbj1", sizeof head) == 0;
}

/* A copy of the journal that an end of the bridge does not empty. */
static void save_journal(struct box *box)
{
    free(shell(box, "cp " HB_JOURNAL " ../saved"));
}

/* The next start finds it as it was. */
static void lose(struct box *box, const char *command)
{
    box_close(box);
    free(shell(box, "cp ../saved " HB_JOURNAL));
    free(shell(box, "%s", command));
    if (!box_open(box)) {
        fail_msg("%s", box->opened.message);
    }
}

static void test_what_git_lacks_is_brought_in(void **state)
{
    struct box *box = *state;
    char commit[HB_OID_SIZE];
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    run_deploy(box, "crm.py", "x = 2\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               commit);
    save_journal(box);
    lose(box, "find objects -type f -exec truncate -s 0 '{}' ';' && "
              "rm -r refs/heads/dev");
    assert_null(box->notice); /* nothing was damaged */
    expect(box, "x = 2\n", "git show dev:services/crm.py");
    expect(box, "x = 1\n", "git show dev~1:services/crm.py");
    char *tip = shell(box, "git rev-parse dev");
    assert_int_equal(strncmp(tip, commit, HB_OID_SIZE - 1), 0);
    free(tip);
    expect(box, "", "git for-each-ref refs/hotbridge/pending");
    assert_sound(box);
    assert_int_equal(records_in(box, HB_JOURNAL), 0);
}

/* It alone is under way, with these bytes. */
static void assert_pending(struct box *box, const struct hb_deploy *deploy,
                           const char *bytes)
{
    struct got left = pending(box);
    ok(&left);
    assert_int_equal(left.count, 1);
    assert_string_equal(left.pending[0].deploy->id, deploy->id);
    assert_string_equal(left.pending[0].bytes, bytes);
    got_release(&left);
}

static void test_an_attempt_is_pending_again(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    ON_A_DISK(box);
    struct got begun = attempt(box, deploy, "x = 1\n");
    ok(&begun);
    save_journal(box);
    lose(box, "rm -r refs/hotbridge/pending/*");
    assert_pending(box, deploy, "x = 1\n");
    got_release(&begun);
    hb_deploy_free(deploy);
}

static void test_a_torn_ref_is_written_again(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    save_journal(box);
    lose(box, "head -c 41 /dev/zero >refs/heads/dev");
    assert_null(box->notice);
    expect(box, "x = 1\n", "git show dev:services/crm.py");
}

static void test_an_older_value_goes_on_to_the_last(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    for (int i = 0; i < 3; i++) {
        char text[16];
        snprintf(text, sizeof text, "x = %d\n", i);
        run_deploy(box, "crm.py", text, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
                   NULL);
    }
    save_journal(box);
    lose(box, "git update-ref refs/heads/dev dev~2");
    expect(box, "x = 2\n", "git show dev:services/crm.py");
}

static void test_what_somebody_else_has_moved_stays(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    save_journal(box);
    lose(box, "git update-ref refs/heads/dev "
              "$(git commit-tree -p dev -m mine 'dev^{tree}')");
    expect(box, "mine\n", "git log -1 --format=%%s dev");
}

static void test_a_stop_leaves_nothing_but_git(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    assert_int_equal(records_in(box, HB_JOURNAL), 1);
    box_close(box);
    assert_int_equal(records_in(box, HB_JOURNAL), 0);
    free(shell(box, "rm " HB_JOURNAL));
    assert_true(box_open(box));
    expect(box, "x = 1\n", "git show dev:services/crm.py");
}

static void test_a_quiet_moment_empties_it(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    while (records_in(box, HB_JOURNAL) > 0) {
        assert_true(uv_loop_alive(&box->loop));
        uv_run(&box->loop, UV_RUN_ONCE);
    }
    expect(box, "x = 1\n", "git show dev:services/crm.py");
}

static void test_without_a_journal_nothing_is_recorded(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    ON_A_DISK(box);
    box_close(box);
    free(shell(box, "rm -f " HB_JOURNAL " && mkdir " HB_JOURNAL));
    assert_true(box_open(box)); /* what is there can be read */
    struct got begun = attempt(box, deploy, "x = 1\n");
    assert_int_equal(begun.err.code, HB_EHISTORY);
    assert_non_null(strstr(begun.err.message, "journal"));
    expect(box, "", "git for-each-ref");
    got_release(&begun);
    free(shell(box, "rmdir " HB_JOURNAL));
    begun = attempt(box, deploy, "x = 1\n"); /* well again by itself */
    ok(&begun);
    got_release(&begun);
    hb_deploy_free(deploy);
}

/* Until the journal has nothing that git's files lack. */
static void settle_all(struct box *box)
{
    while (records_in(box, HB_JOURNAL) > 0) {
        assert_true(uv_loop_alive(&box->loop));
        uv_run(&box->loop, UV_RUN_ONCE);
    }
}

static void deploy_one_and_two(struct box *box, char one[HB_OID_SIZE],
                               char two[HB_OID_SIZE])
{
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               one);
    settle_all(box);
    run_deploy(box, "crm.py", "x = 2\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               two);
}

/* The ids that make_deploy() gave, the first is 1. */
static void assert_known(struct box *box, unsigned number, const char *commit)
{
    char id[HB_UUID_SIZE];
    snprintf(id, sizeof id, "00000000-0000-4000-8000-%012u", number);
    struct got got = get(box, id);
    ok(&got);
    assert_string_equal(got.deploy->commit, commit);
    got_release(&got);
}

static void test_a_ref_that_was_packed_goes_on_to_the_last(void **state)
{
    struct box *box = *state;
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    settle_all(box);
    free(shell(box, "git pack-refs --all"));
    run_deploy(box, "crm.py", "x = 2\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    save_journal(box);
    lose(box, "rm refs/heads/dev");
    expect(box, "x = 2\n", "git show dev:services/crm.py");
}

static void test_an_attempt_that_has_ended_is_not_pending(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    ON_A_DISK(box);
    struct got begun = attempt(box, deploy, "x = 1\n");
    ok(&begun);
    settle_all(box);
    hb_text_blob_id("x = 1\n", 6, deploy->blob);
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "fine");
    struct got ended = outcome(box, deploy);
    ok(&ended);
    save_journal(box);
    char *command =
        hb_format("echo %s >refs/hotbridge/pending/%s && rm refs/heads/dev",
                  begun.attempt.attempt, deploy->id);
    lose(box, command);
    expect(box, "", "git for-each-ref refs/hotbridge/pending");
    assert_known(box, 1, ended.commit);
    free(command);
    got_release(&begun);
    got_release(&ended);
    hb_deploy_free(deploy);
}

/* Whoever asks must not be told of less than was recorded. */
static void test_while_it_cannot_be_brought_in_there_is_no_history(void **state)
{
    struct box *box = *state;
    char one[HB_OID_SIZE];
    char two[HB_OID_SIZE];
    ON_A_DISK(box);
    deploy_one_and_two(box, one, two);
    save_journal(box);
    box_close(box);
    free(shell(box,
               "cp ../saved " HB_JOURNAL
               " && rm hotbridge.index hotbridge.ids && echo %s "
               ">refs/heads/dev && file=objects/%.2s/%s && rm -f $file && "
               "mkdir $file",
               one, two, two + 2));
    assert_false(box_open(box));
    assert_non_null(strstr(box->opened.message, "an object"));
    free(shell(box, "rmdir objects/%.2s/%s", two, two + 2));
    assert_true(box_open(box));
    assert_null(box->notice);
    expect(box, "x = 2\n", "git show dev:services/crm.py");
    assert_known(box, 2, two);
}

/* A bridge whose journal cannot be opened at its start. */
static void open_without(struct box *box, const char *command)
{
    box_close(box);
    free(shell(box,
               "rm -f hotbridge.index hotbridge.ids " HB_JOURNAL
               " && mkdir " HB_JOURNAL " && %s",
               command));
    assert_true(box_open(box));
    free(shell(box, "rmdir " HB_JOURNAL " && cp ../saved " HB_JOURNAL));
}

static void test_what_comes_in_later_is_known(void **state)
{
    struct box *box = *state;
    char one[HB_OID_SIZE];
    char two[HB_OID_SIZE];
    char three[HB_OID_SIZE];
    ON_A_DISK(box);
    deploy_one_and_two(box, one, two);
    save_journal(box);
    open_without(box, "git update-ref refs/heads/dev dev~1");
    run_deploy(box, "crm.py", "x = 3\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               three);
    expect(box, "3\n", "git rev-list --count dev");
    assert_known(box, 1, one);
    assert_known(box, 2, two);
    assert_known(box, 3, three);
    assert_null(box->notice);
    expect(box, "", "ls -d ../*damaged* 2>/dev/null | cat");
}

static void test_an_attempt_that_comes_in_later_stays(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    ON_A_DISK(box);
    struct got begun = attempt(box, deploy, "x = 1\n");
    ok(&begun);
    save_journal(box);
    open_without(box, "rm -r refs/hotbridge/pending/*");
    struct got again = attempt(box, deploy, "x = 1\n");
    ok(&again);
    char *tip =
        shell(box, "git rev-parse refs/hotbridge/pending/%s", deploy->id);
    assert_int_equal(strncmp(tip, begun.attempt.attempt, HB_OID_SIZE - 1), 0);
    free(tip);
    got_release(&begun);
    got_release(&again);
    hb_deploy_free(deploy);
}

static void test_a_damaged_repository_gives_what_its_journal_has(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "other.py");
    char one[HB_OID_SIZE];
    char two[HB_OID_SIZE];
    ON_A_DISK(box);
    deploy_one_and_two(box, one, two);
    struct got begun = attempt(box, deploy, "y = 1\n");
    ok(&begun);
    save_journal(box);
    lose(box, "rm -r objects refs && touch objects refs");
    assert_non_null(box->notice);
    expect(box, "x = 2\n", "git show dev:services/crm.py");
    assert_known(box, 3, two);
    assert_pending(box, deploy, "y = 1\n");
    got_release(&begun);
    hb_deploy_free(deploy);
}

/* So many at once that the settling never comes to an end by itself. */
static void test_the_journal_stays_within_bounds(void **state)
{
    enum { WAVES = 12, AT_ONCE = 20, BYTES = 400 * 1024 };
    struct box *box = *state;
    char *bytes = hb_alloc(BYTES + 1);
    off_t largest = 0;
    ON_A_DISK(box);
    for (int wave = 0; wave < WAVES; wave++) {
        struct got got[AT_ONCE] = {0};
        for (int i = 0; i < AT_ONCE; i++) {
            struct hb_deploy *deploy = make_deploy(box, "crm.py");
            for (int at = 0; at < BYTES; at++) {
                bytes[at] = (char)('0' + rand() % 64);
            }
            hb_history_attempt(box->history, deploy, bytes, BYTES, NULL,
                               mark_log, on_attempt, &got[i]);
            hb_deploy_free(deploy);
        }
        while (got[AT_ONCE - 1].calls == 0) {
            uv_run(&box->loop, UV_RUN_ONCE);
        }
        struct stat st;
        char *path = path_of(box, HB_JOURNAL);
        assert_int_equal(stat(path, &st), 0);
        largest = st.st_size > largest ? st.st_size : largest;
        free(path);
    }
    assert_true(largest < (off_t)HB_SETTLE_BYTES_MOST + 2 * AT_ONCE * BYTES);
    free(bytes);
}

/* After a flush that failed, what can be read may be in memory alone, and a
 * flush of it that goes well says nothing; and another bridge may have met it.
 */
static void test_what_another_bridge_has_written_is_made_again(void **state)
{
    struct box *box = *state;
    const char inodes[] = "find objects refs/heads -type f | sort | xargs stat "
                          "-c '%n %i'";
    ON_A_DISK(box);
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    save_journal(box);
    free(shell(box, "%s >../before", inodes));
    lose(box, "true");
    free(shell(box, "%s >../after", inodes));
    expect(box, "", "join ../before ../after | awk '$2 == $3'");
    expect(box, "",
           "cut -d' ' -f1 ../before >../names && cut -d' ' -f1 "
           "../after | diff ../names -");
    assert_int_equal(records_in(box, HB_JOURNAL), 0);
    assert_sound(box);
}

static void test_a_link_in_memory_to_a_disk_is_no_memory(void **state)
{
    struct box *box = *state;
    char memory[] = "/dev/shm/hb-link-XXXXXX";
    char *own = box->path;
    ON_A_DISK(box);
    if (mkdtemp(memory) == NULL || hb_disk_kind(memory) != HB_DISK_MEMORY) {
        skip();
    }
    box_close(box);
    free(shell(box, "rm " HB_JOURNAL));
    box->path = hb_path_join(memory, "history.git");
    assert_int_equal(symlink(own, box->path), 0);
    assert_true(box_open(box));
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    assert_int_equal(records_in(box, HB_JOURNAL), 1);
    box_close(box);
    assert_int_equal(unlink(box->path), 0);
    assert_int_equal(rmdir(memory), 0);
    free(box->path);
    box->path = own;
}

int main(void)
{
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_what_git_lacks_is_brought_in),
        TEST(test_an_attempt_is_pending_again),
        TEST(test_a_torn_ref_is_written_again),
        TEST(test_an_older_value_goes_on_to_the_last),
        TEST(test_what_somebody_else_has_moved_stays),
        TEST(test_a_stop_leaves_nothing_but_git),
        TEST(test_a_quiet_moment_empties_it),
        TEST(test_without_a_journal_nothing_is_recorded),
        TEST(test_a_ref_that_was_packed_goes_on_to_the_last),
        TEST(test_an_attempt_that_has_ended_is_not_pending),
        TEST(test_while_it_cannot_be_brought_in_there_is_no_history),
        TEST(test_what_comes_in_later_is_known),
        TEST(test_an_attempt_that_comes_in_later_stays),
        TEST(test_a_damaged_repository_gives_what_its_journal_has),
        TEST(test_what_another_bridge_has_written_is_made_again),
        TEST(test_a_link_in_memory_to_a_disk_is_no_memory),
        TEST(test_the_journal_stays_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
