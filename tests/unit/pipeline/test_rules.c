#include "pipeline/queue.h"
#include "pipeline/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MARKED "# zato: ide-deploy=True\n"

static enum hb_code allow(enum hb_on_save on_save, enum hb_guard guard,
                          enum hb_trigger trigger, bool confirmed,
                          const char *text)
{
    struct hb_error err = {0};
    struct hb_target *target = hb_target_new("dev");
    target->on_save = on_save;
    target->guard = guard;
    bool ok =
        hb_rules_allow(target, trigger, confirmed, text, strlen(text), &err);
    assert_int_equal(ok, err.code == HB_OK);
    hb_target_free(target);
    return err.code;
}

static void saves_follow_on_save(void **state)
{
    (void)state;
    assert_int_equal(
        allow(HB_SAVE_MARKER, HB_GUARD_NONE, HB_TRIGGER_SAVE, false, MARKED),
        HB_OK);
    assert_int_equal(
        allow(HB_SAVE_MARKER, HB_GUARD_NONE, HB_TRIGGER_SAVE, false, "x = 1\n"),
        HB_EONSAVE);
    assert_int_equal(
        allow(HB_SAVE_ALWAYS, HB_GUARD_NONE, HB_TRIGGER_SAVE, false, "x = 1\n"),
        HB_OK);
    assert_int_equal(
        allow(HB_SAVE_NEVER, HB_GUARD_NONE, HB_TRIGGER_SAVE, false, MARKED),
        HB_EONSAVE);
    assert_int_equal(
        allow(HB_SAVE_NEVER, HB_GUARD_NONE, HB_TRIGGER_CLI, false, "x = 1\n"),
        HB_OK);
}

static void a_guarded_target_asks(void **state)
{
    (void)state;
    assert_int_equal(
        allow(HB_SAVE_ALWAYS, HB_GUARD_CONFIRM, HB_TRIGGER_SAVE, false, MARKED),
        HB_ECONFIRM);
    assert_int_equal(
        allow(HB_SAVE_ALWAYS, HB_GUARD_CONFIRM, HB_TRIGGER_SAVE, true, MARKED),
        HB_OK);
    assert_int_equal(
        allow(HB_SAVE_ALWAYS, HB_GUARD_CONFIRM, HB_TRIGGER_ROLLBACK, false, ""),
        HB_ECONFIRM);
    assert_int_equal(
        allow(HB_SAVE_ALWAYS, HB_GUARD_MANUAL, HB_TRIGGER_SAVE, true, MARKED),
        HB_EONSAVE);
    assert_int_equal(allow(HB_SAVE_ALWAYS, HB_GUARD_MANUAL, HB_TRIGGER_MANUAL,
                           false, MARKED),
                     HB_OK);
}

static void only_zato_4_is_paced(void **state)
{
    struct hb_target *target = hb_target_new("dev");
    struct hb_server *server = hb_target_add_server(target, "s", "/s");
    (void)state;
    server->profile = HB_PROFILE_ZATO_32;
    assert_true(hb_rules_pause(target, 10.0, 10.1) <= 0);
    server->profile = HB_PROFILE_ZATO_4;
    assert_true(hb_rules_pause(target, 10.0, 10.1) > 2.0);
    assert_true(hb_rules_pause(target, 10.0, 12.6) <= 0);
    assert_true(hb_rules_pause(target, 0, 0.5) <= 0);
    hb_target_free(target);
}

/* The queue only holds pointers: any will do. */
static struct hb_flow *flow(int number)
{
    static char flows[4];
    return (struct hb_flow *)(void *)&flows[number];
}

static void one_is_in_flight(void **state)
{
    struct hb_queue queue;
    (void)state;
    hb_queue_init(&queue, "dev");
    assert_null(hb_queue_next(&queue));
    hb_queue_add(&queue, flow(0));
    hb_queue_add(&queue, flow(1));
    hb_queue_add(&queue, flow(2));
    assert_ptr_equal(hb_queue_next(&queue), flow(0));
    assert_null(hb_queue_next(&queue));
    hb_queue_remove(&queue, flow(1));
    hb_queue_remove(&queue, flow(0));
    assert_ptr_equal(hb_queue_next(&queue), flow(2));
    hb_queue_remove(&queue, flow(2));
    assert_null(hb_queue_next(&queue));
    hb_queue_release(&queue);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saves_follow_on_save),
        cmocka_unit_test(a_guarded_target_asks),
        cmocka_unit_test(only_zato_4_is_paced),
        cmocka_unit_test(one_is_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
