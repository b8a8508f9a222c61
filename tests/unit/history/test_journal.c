#include "history/journal.h"

#include "base/alloc.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct box {
    char folder[32];
    char *path;
    struct hb_journal journal;
    char read[4096]; /* the records, each with a "|" behind it */
};

static int setup(void **state)
{
    struct box *box = hb_alloc(sizeof *box);
    strcpy(box->folder, "/tmp/hb-journal-XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    box->path = hb_format("%s/" HB_JOURNAL, box->folder);
    assert_true(hb_journal_open(&box->journal, box->path, NULL));
    *state = box;
    return 0;
}

static int teardown(void **state)
{
    struct box *box = *state;
    hb_journal_close(&box->journal);
    unlink(box->path);
    assert_int_equal(rmdir(box->folder), 0);
    free(box->path);
    free(box);
    return 0;
}

static void add_bytes(struct box *box, const void *bytes, size_t len)
{
    struct hb_buffer record = {0};
    hb_journal_begin(&record);
    hb_buffer_add(&record, bytes, len);
    assert_true(hb_journal_add(&box->journal, &record, NULL));
    hb_buffer_release(&record);
}

static void add(struct box *box, const char *text)
{
    add_bytes(box, text, strlen(text));
}

static bool on_record(void *user, const char *record, size_t len,
                      struct hb_error *err)
{
    struct box *box = user;
    size_t used = strlen(box->read);
    (void)err;
    snprintf(box->read + used, sizeof box->read - used, "%.*s|",
             (int)(len < 100 ? len : 100), record);
    return len != strlen("refused") || memcmp(record, "refused", len) != 0 ||
           hb_error_set(err, HB_EHISTORY, "refused");
}

/* As another start would. */
static const char *records(struct box *box)
{
    hb_journal_close(&box->journal);
    assert_true(hb_journal_open(&box->journal, box->path, NULL));
    box->read[0] = '\0';
    assert_true(hb_journal_each(&box->journal, on_record, box, NULL));
    return box->read;
}

static void scribble(struct box *box, const void *bytes, size_t len,
                     off_t offset)
{
    int fd = open(box->path, O_WRONLY);
    assert_int_equal(pwrite(fd, bytes, len, offset), (ssize_t)len);
    assert_int_equal(close(fd), 0);
}

static off_t size_of(const struct box *box)
{
    struct stat st;
    assert_int_equal(stat(box->path, &st), 0);
    return st.st_size;
}

static void test_records_are_there_in_their_order(void **state)
{
    struct box *box = *state;
    assert_string_equal(records(box), "");
    add(box, "one");
    add(box, "");
    add(box, "two");
    assert_string_equal(records(box), "one||two|");
    add(box, "three"); /* goes on where the last one was */
    assert_string_equal(records(box), "one||two|three|");
}

static void test_it_has_room_from_the_start_and_is_private(void **state)
{
    struct box *box = *state;
    struct stat st;
    assert_int_equal(size_of(box), HB_JOURNAL_ROOM);
    add(box, "one");
    assert_int_equal(size_of(box), HB_JOURNAL_ROOM);
    assert_int_equal(stat(box->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void test_what_was_cut_short_is_none(void **state)
{
    struct box *box = *state;
    add(box, "one");
    off_t second = (off_t)box->journal.used;
    add(box, "two");
    scribble(box, "T", 1, second + HB_JOURNAL_HEAD);
    assert_string_equal(records(box), "one|");
    add(box, "instead");
    assert_string_equal(records(box), "one|instead|");
    assert_int_equal(truncate(box->path, second + HB_JOURNAL_HEAD + 3), 0);
    assert_string_equal(records(box), "one|");
}

static void test_a_length_that_cannot_be_ends_it(void **state)
{
    struct box *box = *state;
    add(box, "one");
    off_t second = (off_t)box->journal.used;
    add(box, "two");
    scribble(box, "\xff\xff\xff\xff", 4, second + 4);
    assert_string_equal(records(box), "one|");
}

static void test_a_record_is_taken_back(void **state)
{
    struct box *box = *state;
    add(box, "one");
    add(box, "a longer second one");
    hb_journal_take_back(&box->journal);
    assert_string_equal(records(box), "one|");
    add(box, "two");
    assert_string_equal(records(box), "one|two|");
}

static void test_what_an_earlier_run_left_behind_is_not_read(void **state)
{
    struct box *box = *state;
    add(box, "one");
    add(box, "two");
    add(box, "three");
    assert_true(hb_journal_empty(&box->journal, box->path, NULL));
    assert_string_equal(records(box), "");
    add(box, "new"); /* as long as the first: the second lies behind it */
    assert_string_equal(records(box), "new|");
}

/* No file can be written, until it is called again. */
static void fail_writes(bool fail)
{
    static struct rlimit before;
    if (fail) {
        assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
        signal(SIGXFSZ, SIG_IGN);
    }
    const struct rlimit none = {.rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, fail ? &none : &before), 0);
}

static void test_what_cannot_be_taken_back_is_not_forgotten(void **state)
{
    struct box *box = *state;
    struct hb_error err = {0};
    add(box, "one");
    add(box, "never told");
    fail_writes(true);
    hb_journal_take_back(&box->journal);
    assert_true(box->journal.stale);
    assert_false(hb_journal_cut(&box->journal, &err));
    assert_int_equal(err.code, HB_EHISTORY);
    fail_writes(false);
    assert_true(box->journal.stale);
    assert_true(hb_journal_cut(&box->journal, NULL));
    assert_false(box->journal.stale);
    assert_string_equal(records(box), "one|");
}

static void test_nor_is_it_when_emptying_has_failed(void **state)
{
    struct box *box = *state;
    add(box, "one");
    add(box, "two");
    add(box, "three");
    fail_writes(true);
    assert_false(hb_journal_empty(&box->journal, box->path, NULL));
    fail_writes(false);
    add(box, "new"); /* as long as the first: the second lies behind it */
    assert_string_equal(records(box), "new|");
}

static void test_beyond_its_room_it_grows_and_is_cut_again(void **state)
{
    struct box *box = *state;
    size_t len = HB_JOURNAL_ROOM;
    char *large = hb_alloc(len + 1);
    memset(large, 'x', len);
    add(box, "one");
    add_bytes(box, large, len);
    add(box, "two");
    assert_true(size_of(box) > HB_JOURNAL_ROOM);
    records(box);
    assert_int_equal(strncmp(box->read, "one|xxx", 7), 0);
    assert_string_equal(box->read + strlen(box->read) - 5, "|two|");
    assert_true(hb_journal_empty(&box->journal, box->path, NULL));
    assert_int_equal(size_of(box), HB_JOURNAL_ROOM);
    assert_string_equal(records(box), "");
    free(large);
}

static void test_once_another_has_its_name_it_is_closed(void **state)
{
    struct box *box = *state;
    add(box, "one");
    assert_int_equal(unlink(box->path), 0);
    assert_true(hb_journal_empty(&box->journal, box->path, NULL));
    assert_int_equal(box->journal.fd, -1);
    assert_string_equal(records(box), ""); /* made anew */
}

static void test_a_record_that_is_refused_ends_it_with_an_error(void **state)
{
    struct box *box = *state;
    struct hb_error err = {0};
    add(box, "one");
    add(box, "refused");
    add(box, "two");
    assert_false(hb_journal_each(&box->journal, on_record, box, &err));
    assert_string_equal(err.message, "refused");
    assert_string_equal(box->read, "one|refused|");
}

static void test_what_is_damaged_under_it_is_told(void **state)
{
    struct box *box = *state;
    struct hb_error err = {0};
    add(box, "one");
    off_t second = (off_t)box->journal.used;
    add(box, "two");
    scribble(box, "T", 1, second + HB_JOURNAL_HEAD);
    assert_false(hb_journal_each(&box->journal, on_record, box, &err));
    assert_int_equal(err.code, HB_EHISTORY);
    add(box, "three"); /* goes on behind what it has given away */
    assert_true((off_t)box->journal.last > second);
}

static void test_a_link_and_a_folder_are_no_journal(void **state)
{
    struct box *box = *state;
    struct hb_error err = {0};
    char *other = hb_format("%s/other", box->folder);
    hb_journal_close(&box->journal);
    assert_int_equal(unlink(box->path), 0);
    assert_int_equal(symlink("other", box->path), 0);
    assert_false(hb_journal_open(&box->journal, box->path, &err));
    assert_int_equal(err.code, HB_EHISTORY);
    assert_int_not_equal(access(other, F_OK), 0);
    assert_int_equal(unlink(box->path), 0);
    assert_int_equal(mkdir(box->path, 0700), 0);
    assert_false(hb_journal_open(&box->journal, box->path, &err));
    assert_int_equal(box->journal.fd, -1);
    assert_int_equal(rmdir(box->path), 0);
    free(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_records_are_there_in_their_order),
        TEST(test_it_has_room_from_the_start_and_is_private),
        TEST(test_what_was_cut_short_is_none),
        TEST(test_a_length_that_cannot_be_ends_it),
        TEST(test_a_record_is_taken_back),
        TEST(test_what_an_earlier_run_left_behind_is_not_read),
        TEST(test_what_cannot_be_taken_back_is_not_forgotten),
        TEST(test_nor_is_it_when_emptying_has_failed),
        TEST(test_beyond_its_room_it_grows_and_is_cut_again),
        TEST(test_once_another_has_its_name_it_is_closed),
        TEST(test_a_record_that_is_refused_ends_it_with_an_error),
        TEST(test_what_is_damaged_under_it_is_told),
        TEST(test_a_link_and_a_folder_are_no_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
