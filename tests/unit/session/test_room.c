#include "session/room.h"

#include "wire/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void half_is_kept_for_work(void **state)
{
    (void)state;
    for (size_t all = 0; all < 5000; all++) {
        struct hb_room room = hb_room_of(all);
        assert_true(room.clients + room.waiting <= all);
        size_t work = all - room.clients - room.waiting;
        assert_true(work >= all / 2 || work >= 512);
        assert_true(all < 6 || (room.clients > 0 && room.waiting > 0));
    }
}

static void where_there_is_enough_all_come_in(void **state)
{
    (void)state;
    struct hb_room room = hb_room_of(HB_WIRE_CLIENTS_MAX + 1024);
    assert_int_equal(room.clients, HB_WIRE_CLIENTS_MAX);
    assert_int_equal(room.waiting, 512);
    room = hb_room_of(1 << 20);
    assert_int_equal(room.clients, HB_WIRE_CLIENTS_MAX);
    assert_int_equal(room.waiting, 512);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(half_is_kept_for_work),
        cmocka_unit_test(where_there_is_enough_all_come_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
