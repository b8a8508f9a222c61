#include "base/disk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>

#include <cmocka.h>

/* As a kernel writes them, cut short. */
#define WITH_JOURNAL "rw\nbsddf\njournal_checksum\nbarrier\ndata=ordered\n"
#define WITHOUT "rw\nbsddf\nnojournal_checksum\nbarrier\nerrors=continue\n"

static void only_a_journal_orders(void **state)
{
    (void)state;
    assert_true(hb_disk_ext4_is_ordered(WITH_JOURNAL));
    assert_true(hb_disk_ext4_is_ordered("rw\ndata=journal"));
    assert_false(hb_disk_ext4_is_ordered(WITHOUT));
    assert_false(hb_disk_ext4_is_ordered(WITH_JOURNAL "fast_commit\n"));
    assert_false(hb_disk_ext4_is_ordered(WITH_JOURNAL "nobarrier\n"));
    assert_false(hb_disk_ext4_is_ordered("norecovery_data=ordered\n"));
    assert_false(hb_disk_ext4_is_ordered(""));
}

static void what_is_not_known_is_not_ordered(void **state)
{
    (void)state;
    assert_false(hb_disk_is_ordered("/proc"));
    assert_false(hb_disk_is_ordered("/there is no such folder"));
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
        cmocka_unit_test(what_is_not_known_is_not_ordered),
        cmocka_unit_test(descriptors_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
