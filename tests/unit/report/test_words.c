#include "report/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct hb_deploy *with(enum hb_outcome outcome,
                              const enum hb_server_state states[], size_t count)
{
    static const char *const names[] = {"server1", "server2", "server3"};
    struct hb_deploy *deploy = hb_deploy_new();
    deploy->outcome = outcome;
    for (size_t i = 0; i < count; i++) {
        hb_deploy_add_server(deploy, names[i])->state = states[i];
    }
    return deploy;
}

static void deployed_counts_its_servers(void **state)
{
    const enum hb_server_state two[] = {HB_SERVER_CONFIRMED,
                                        HB_SERVER_CONFIRMED};
    struct hb_deploy *deploy = with(HB_OUTCOME_DEPLOYED, two, 2);
    (void)state;
    hb_words_outcome(deploy);
    assert_string_equal(deploy->message, "deployed on 2 of 2 servers");
    hb_deploy_free(deploy);
    deploy = with(HB_OUTCOME_DEPLOYED, two, 1);
    hb_words_outcome(deploy);
    assert_string_equal(deploy->message, "deployed on 1 of 1 server");
    hb_deploy_free(deploy);
}

static void failed_gives_the_first_reason(void **state)
{
    const enum hb_server_state two[] = {HB_SERVER_CONFIRMED, HB_SERVER_FAILED};
    struct hb_deploy *deploy = with(HB_OUTCOME_FAILED, two, 2);
    (void)state;
    deploy->servers[1].message = hb_strdup("ValueError: no\nmore lines");
    hb_words_outcome(deploy);
    assert_string_equal(deploy->message, "failed on server2: ValueError: no");
    hb_replace(&deploy->servers[1].message, NULL);
    char *long_text = hb_alloc(1000);
    for (int i = 0; i < 400; i += 2) {
        memcpy(long_text + i, "\xC5\xBC", 2);
    }
    deploy->servers[1].message = long_text;
    hb_words_outcome(deploy);
    assert_true(hb_text_is_utf8(deploy->message, strlen(deploy->message)));
    assert_true(strlen(deploy->message) < 250);
    hb_deploy_free(deploy);
}

static void unconfirmed_names_who_is_missing(void **state)
{
    const enum hb_server_state three[] = {HB_SERVER_CONFIRMED,
                                          HB_SERVER_STOPPED, HB_SERVER_SILENT};
    struct hb_deploy *deploy = with(HB_OUTCOME_UNCONFIRMED, three, 3);
    (void)state;
    hb_words_outcome(deploy);
    assert_string_equal(deploy->message,
                        "delivered, but confirmed by 1 of 3 servers; "
                        "server2 is stopped; server3 is silent");
    hb_deploy_free(deploy);
}

static void other_outcomes_keep_their_reason(void **state)
{
    struct hb_deploy *deploy = with(HB_OUTCOME_REJECTED, NULL, 0);
    (void)state;
    deploy->message = hb_strdup("why");
    hb_words_outcome(deploy);
    assert_string_equal(deploy->message, "why");
    hb_deploy_free(deploy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deployed_counts_its_servers),
        cmocka_unit_test(failed_gives_the_first_reason),
        cmocka_unit_test(unconfirmed_names_who_is_missing),
        cmocka_unit_test(other_outcomes_keep_their_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
