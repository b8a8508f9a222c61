#include "pipeline/deploy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static enum hb_action go(enum hb_phase *phase, enum hb_event event)
{
    struct hb_transition to;
    assert_true(hb_phase_next(*phase, event, &to));
    *phase = to.next;
    return to.action;
}

static void a_save_goes_its_way(void **state)
{
    enum hb_phase phase = HB_PHASE_PREPARING;
    (void)state;
    assert_int_equal(go(&phase, HB_EVENT_RECORDED), HB_ACTION_QUEUE);
    assert_int_equal(go(&phase, HB_EVENT_TURN), HB_ACTION_DELIVER);
    assert_int_equal(go(&phase, HB_EVENT_PUT), HB_ACTION_CONFIRM);
    assert_int_equal(go(&phase, HB_EVENT_SETTLED), HB_ACTION_CONCLUDE);
    assert_int_equal(go(&phase, HB_EVENT_CONCLUDED), HB_ACTION_FINISH);
    assert_int_equal(phase, HB_PHASE_DONE);
}

static void nothing_is_delivered_before_it_is_recorded(void **state)
{
    (void)state;
    for (int p = 0; p < HB_PHASE_COUNT; p++) {
        for (int e = 0; e < HB_EVENT_COUNT; e++) {
            struct hb_transition to;
            if (!hb_phase_next((enum hb_phase)p, (enum hb_event)e, &to)) {
                continue;
            }
            if (to.action == HB_ACTION_DELIVER) {
                assert_true(p >= HB_PHASE_WAITING && p != HB_PHASE_DONE);
            }
            if (to.action == HB_ACTION_CONFIRM) {
                assert_true(e == HB_EVENT_PUT || e == HB_EVENT_RESUMED);
            }
            if (to.next == HB_PHASE_DONE) {
                assert_int_equal(e, HB_EVENT_CONCLUDED);
            }
        }
    }
}

static void only_what_was_not_delivered_is_given_up(void **state)
{
    (void)state;
    for (int p = 0; p < HB_PHASE_COUNT; p++) {
        struct hb_transition to;
        bool accepted = hb_phase_next((enum hb_phase)p, HB_EVENT_GIVEN_UP, &to);
        if (hb_phase_can_give_up((enum hb_phase)p)) {
            assert_true(accepted);
            assert_int_equal(to.action, HB_ACTION_CONCLUDE);
        }
        if (p >= HB_PHASE_DELIVERING) {
            assert_false(accepted);
        }
    }
}

static void every_phase_leads_to_the_end(void **state)
{
    bool ends[HB_PHASE_COUNT] = {[HB_PHASE_DONE] = true};
    (void)state;
    for (int round = 0; round < HB_PHASE_COUNT; round++) {
        for (int p = 0; p < HB_PHASE_COUNT; p++) {
            for (int e = 0; e < HB_EVENT_COUNT; e++) {
                struct hb_transition to;
                if (hb_phase_next((enum hb_phase)p, (enum hb_event)e, &to)) {
                    ends[p] = ends[p] || ends[to.next];
                }
            }
        }
    }
    for (int p = 0; p < HB_PHASE_COUNT; p++) {
        assert_true(ends[p]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_save_goes_its_way),
        cmocka_unit_test(nothing_is_delivered_before_it_is_recorded),
        cmocka_unit_test(only_what_was_not_delivered_is_given_up),
        cmocka_unit_test(every_phase_leads_to_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
