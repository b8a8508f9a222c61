#include "base/disk.h"

#include <linux/magic.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/vfs.h>

#include <cmocka.h>

/* As a kernel writes them, cut short. */
#define WITH_JOURNAL "rw\nbsddf\njournal_checksum\nbarrier\ndata=ordered\n"
#define WITHOUT "rw\nbsddf\nnojournal_checksum\nbarrier\nerrors=continue\n"

static void only_a_journal_orders(void **state)
{
    (void)state;
    assert_int_equal(hb_disk_ext4_kind(WITH_JOURNAL), HB_DISK_ORDERED);
    assert_int_equal(hb_disk_ext4_kind("rw\ndata=journal"), HB_DISK_ORDERED);
    assert_int_equal(hb_disk_ext4_kind(WITHOUT), HB_DISK_EACH);
    assert_int_equal(hb_disk_ext4_kind(WITH_JOURNAL "fast_commit\n"),
                     HB_DISK_EACH);
    assert_int_equal(hb_disk_ext4_kind(WITH_JOURNAL "nobarrier\n"),
                     HB_DISK_EACH);
    assert_int_equal(hb_disk_ext4_kind("norecovery_data=ordered\n"),
                     HB_DISK_EACH);
    assert_int_equal(hb_disk_ext4_kind(""), HB_DISK_EACH);
}

static void of_what_is_not_known_each_is_flushed(void **state)
{
    (void)state;
    assert_int_equal(hb_disk_kind("/proc"), HB_DISK_EACH);
    assert_int_equal(hb_disk_kind("/there is no such folder"), HB_DISK_EACH);
}

static void memory_is_not_flushed(void **state)
{
    struct statfs fs;
    (void)state;
    if (statfs("/dev/shm", &fs) == 0 && fs.f_type == TMPFS_MAGIC) {
        assert_int_equal(hb_disk_kind("/dev/shm"), HB_DISK_MEMORY);
    }
}

static void descriptors_run_out(void **state)
{
    (void)state;
    struct hb_error err = {0};
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit few = {.rlim_cur = 12, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    assert_true(hb_disk_can_open(1, &err));
    assert_false(hb_disk_can_open(13, &err));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(hb_disk_can_open(13, &err)); /* none was left open */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_journal_orders),
        cmocka_unit_test(memory_is_not_flushed),
        cmocka_unit_test(of_what_is_not_known_each_is_flushed),
        cmocka_unit_test(descriptors_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
