#include "harness.h"

static void a_list_has_the_newest_first_and_goes_on(void **state)
{
    struct box *box = *state;
    char commits[25][HB_OID_SIZE];
    for (int i = 0; i < 25; i++) {
        char bytes[32];
        snprintf(bytes, sizeof bytes, "x = %d\n", i);
        run_deploy(box, i % 5 == 0 ? "rare.py" : "crm.py", bytes,
                   HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, commits[i]);
    }
    char *before = NULL;
    int at = 25;
    do {
        struct got page = list(box, NULL, 10, before, false);
        ok(&page);
        for (size_t i = 0; i < page.count; i++) {
            assert_string_equal(page.deploys[i]->commit, commits[--at]);
        }
        hb_replace(&before, page.next);
        got_release(&page);
    } while (before != NULL);
    assert_int_equal(at, 0);

    struct got rare = list(box, "rare.py", 3, NULL, false);
    assert_int_equal(rare.count, 3);
    assert_string_equal(rare.deploys[0]->commit, commits[20]);
    assert_string_equal(rare.deploys[1]->commit, commits[15]);
    assert_string_equal(rare.deploys[1]->previous, commits[10]);
    struct got rest = list(box, "rare.py", 3, rare.next, false);
    assert_int_equal(rest.count, 2);
    assert_string_equal(rest.deploys[1]->commit, commits[0]);
    assert_null(rest.next);
    got_release(&rest);
    got_release(&rare);

    struct got none = list(box, "none.py", 3, NULL, true);
    ok(&none);
    assert_int_equal(none.count, 0);
    assert_null(none.next);
    got_release(&none);
}

static void lists_refuse_what_they_cannot_answer(void **state)
{
    struct box *box = *state;
    struct got got = list(box, NULL, 0, NULL, false);
    assert_int_equal(got.err.code, HB_EPARAMS);
    got_release(&got);
    got = list(box, NULL, HB_HISTORY_LIST_MAX + 1, NULL, false);
    assert_int_equal(got.err.code, HB_EPARAMS);
    got_release(&got);
    static const char *const tokens[] = {
        "",
        ".",
        "-",
        "-.-.-",
        "x.y",
        "../../../etc/passwd",
        "0123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        got = list(box, NULL, 5, tokens[i], false);
        assert_int_equal(got.err.code, HB_EPARAMS);
        got_release(&got);
    }
    /* A target without deploys has none. */
    struct hb_history_query query = {.target = "prod", .limit = 5};
    memset(&got, 0, sizeof got);
    hb_history_list(box->history, &query, on_list, &got);
    finish(box, &got);
    ok(&got);
    assert_int_equal(got.count, 0);
    got_release(&got);
    query.target = "../x";
    hb_history_list(box->history, &query, on_list, &got);
    finish(box, &got);
    assert_int_equal(got.err.code, HB_ETARGET);
    got_release(&got);
}

static void all_merges_what_was_not_delivered(void **state)
{
    struct box *box = *state;
    static const enum hb_outcome outcomes[] = {
        HB_OUTCOME_DEPLOYED,    HB_OUTCOME_CONFLICT,  HB_OUTCOME_FAILED,
        HB_OUTCOME_UNREACHABLE, HB_OUTCOME_CANCELLED, HB_OUTCOME_UNCONFIRMED};
    for (size_t i = 0; i < 6; i++) {
        run_deploy(box, i % 2 == 0 ? "a.py" : "b.py", "x", HB_TRIGGER_SAVE,
                   outcomes[i], NULL);
    }
    struct got delivered = list(box, NULL, 50, NULL, false);
    assert_int_equal(delivered.count, 3);
    got_release(&delivered);
    size_t count = 0;
    char *before = NULL;
    int64_t last = INT64_MAX;
    do {
        struct got page = list(box, NULL, 2, before, true);
        ok(&page);
        for (size_t i = 0; i < page.count; i++) {
            assert_true(page.deploys[i]->finished / 1000 <= last / 1000);
            last = page.deploys[i]->finished;
        }
        count += page.count;
        hb_replace(&before, page.next);
        got_release(&page);
    } while (before != NULL);
    assert_int_equal(count, 6);
    struct got module = list(box, "b.py", 50, NULL, true);
    assert_int_equal(module.count, 3);
    got_release(&module);
    module = list(box, "a.py", 50, NULL, true);
    assert_int_equal(module.count, 3);
    got_release(&module);
}

static void a_late_word_is_folded_in(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, "x");
    ok(&begun);
    set_outcome(deploy, HB_OUTCOME_UNCONFIRMED, HB_SERVER_CONFIRMED,
                "server2 said nothing");
    deploy->servers[1].state = HB_SERVER_SILENT;
    struct got ended = outcome(box, deploy);
    ok(&ended);
    run_deploy(box, "other.py", "y", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    struct got before = get(box, deploy->id);
    assert_false(before.deploy->late);
    assert_false(before.deploy->live);
    got_release(&before);

    deploy->servers[1].state = HB_SERVER_CONFIRMED;
    hb_strings_add(&deploy->servers[1].services, "crm.get");
    struct got word = late(box, deploy);
    ok(&word);
    expect(box, "crm.py: late: deployed on 2 of 2\n",
           "git log -1 --format=%%s dev");
    char *expected = hb_format("%s\n", ended.commit);
    expect(box, expected,
           "git log -1 --format='%%(trailers:key=Previous-Deploy,valueonly,"
           "separator=)' dev");
    free(expected);
    for (int i = 0; i < 2; i++) {
        struct got after = get(box, deploy->id);
        ok(&after);
        assert_true(after.deploy->late);
        assert_true(after.deploy->live);
        assert_int_equal(after.deploy->outcome, HB_OUTCOME_UNCONFIRMED);
        assert_string_equal(after.deploy->commit, ended.commit);
        assert_int_equal(after.deploy->servers[1].state, HB_SERVER_CONFIRMED);
        assert_int_equal(after.deploy->servers[1].services.count, 1);
        assert_int_equal(after.deploy->trigger, HB_TRIGGER_SAVE);
        got_release(&after);
        struct got page = list(box, NULL, 10, NULL, false);
        assert_int_equal(page.count, 2);
        assert_true(page.deploys[1]->late);
        got_release(&page);
        page = list(box, "crm.py", 10, NULL, false);
        assert_int_equal(page.count, 1);
        assert_true(page.deploys[0]->live);
        got_release(&page);
        /* The second round: from an index that had to be built again. */
        box_close(box);
        free(shell(box, "rm hotbridge.index hotbridge.ids"));
        assert_true(box_open(box));
    }
    struct got rest = pending(box);
    assert_int_equal(rest.count, 0);
    got_release(&rest);
    memcpy(deploy->id, "99999999-0000-4000-8000-000000000000", HB_UUID_SIZE);
    struct got unknown = late(box, deploy);
    assert_int_equal(unknown.err.code, HB_EDEPLOY);
    hb_deploy_free(deploy);
    assert_sound(box);
}

/* Recorded; what was asked for at that time, by the clock and in truth. */
static struct hb_deploy *asked(struct box *box, const char *bytes,
                               int64_t started, int64_t order)
{
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    deploy->started = started;
    deploy->order = order;
    struct got begun = attempt(box, deploy, bytes);
    ok(&begun);
    memcpy(deploy->attempt, begun.attempt.attempt, HB_OID_SIZE);
    return deploy;
}

static void ends(struct box *box, struct hb_deploy *deploy)
{
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "all");
    struct got ended = outcome(box, deploy);
    ok(&ended);
    hb_deploy_free(deploy);
}

static void what_is_pending_has_an_order(void **state)
{
    struct box *box = *state;
    const int64_t now = hb_clock_wall();
    /* Of a bridge that knew no order; of one whose clock was set back. */
    hb_deploy_free(asked(box, "first", now, 0));
    hb_deploy_free(asked(box, "third", now - 5000, now + 2));
    hb_deploy_free(asked(box, "second", now + 1, now + 1));
    struct got left = pending(box);
    assert_int_equal(left.count, 3);
    assert_string_equal(left.pending[0].bytes, "first");
    assert_string_equal(left.pending[1].bytes, "second");
    assert_string_equal(left.pending[2].bytes, "third");
    assert_int_equal(left.pending[2].deploy->order, now + 2);
    assert_false(left.pending[2].newer);
    got_release(&left);
}

/* Nobody waits for it for good. */
static void what_is_pending_and_lost_is_ended(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct hb_deploy *other = make_deploy(box, "crm.py");
    char blob[HB_OID_SIZE];
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    struct got begun = attempt(box, deploy, "lost");
    struct got kept = attempt(box, other, "kept");
    hb_text_blob_id("lost", 4, blob);
    box_close(box);
    free(shell(box, "rm objects/%.2s/%s && echo none >refs/heads/dev", blob,
               blob + 2));
    assert_true(box_open(box));
    assert_non_null(box->notice);
    struct got left = pending(box);
    ok(&left);
    assert_int_equal(left.count, 1);
    assert_string_equal(left.pending[0].bytes, "kept");
    struct got ended = get(box, deploy->id);
    ok(&ended);
    assert_int_equal(ended.deploy->state, HB_STATE_DONE);
    assert_int_equal(ended.deploy->outcome, HB_OUTCOME_UNCONFIRMED);
    assert_non_null(strstr(ended.deploy->message, "lost"));
    expect(box, "1\n", "git for-each-ref refs/hotbridge/pending | wc -l");
    got_release(&begun);
    got_release(&kept);
    got_release(&left);
    got_release(&ended);
    hb_deploy_free(deploy);
    hb_deploy_free(other);
}

static void what_is_pending_may_be_outdated(void **state)
{
    struct box *box = *state;
    const int64_t now = hb_clock_wall();
    ends(box, asked(box, "before all", now + 9000, now));
    struct hb_deploy *before = asked(box, "before", now, now + 1);
    hb_deploy_free(asked(box, "left", now, now + 2));
    struct hb_deploy *after = asked(box, "after", now - 5000, now + 3);
    ends(box, before);
    struct got left = pending(box);
    assert_int_equal(left.count, 2);
    assert_string_equal(left.pending[0].bytes, "left");
    assert_false(left.pending[0].newer);
    got_release(&left);
    ends(box, after);
    left = pending(box);
    assert_int_equal(left.count, 1);
    assert_string_equal(left.pending[0].bytes, "left");
    assert_true(left.pending[0].newer);
    got_release(&left);
}

/* An index made without it would be taken for whole for ever. */
static void a_commit_that_cannot_be_read_is_no_end(void **state)
{
    struct box *box = *state;
    for (int64_t i = 1; i <= 3; i++) {
        ends(box, asked(box, "x", i, i));
    }
    box_close(box);
    free(shell(box, "commit=$(git rev-parse dev~1 | sed 's|..|&/|') && "
                    "chmod +w objects/$commit && "
                    "echo damaged > objects/$commit && "
                    "touch -d '1 day ago' objects/$commit && "
                    "rm hotbridge.index hotbridge.ids"));
    assert_true(box_open(box));
    assert_non_null(box->notice);
    assert_non_null(strstr(box->notice, "cannot be read"));
    ends(box, asked(box, "y", 4, 4));
    struct got page = list(box, NULL, 10, NULL, false);
    ok(&page);
    assert_int_equal(page.count, 2);
    got_release(&page);
}

static void an_unknown_id_is_told(void **state)
{
    struct box *box = *state;
    static const char *const ids[] = {"", "x", "../../HEAD",
                                      "12345678-0000-4000-8000-000000000000"};
    for (size_t i = 0; i < 4; i++) {
        struct got got = get(box, ids[i]);
        assert_int_equal(got.err.code, HB_EDEPLOY);
    }
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, "x");
    ok(&begun);
    struct got got = get(box, deploy->id);
    ok(&got);
    assert_int_equal(got.deploy->state, HB_STATE_RECORDED);
    assert_string_equal(got.deploy->attempt, begun.attempt.attempt);
    got_release(&got);
    hb_deploy_free(deploy);
}

static void source_and_diff_take_any_commit(void **state)
{
    struct box *box = *state;
    char one[HB_OID_SIZE];
    char two[HB_OID_SIZE];
    run_deploy(box, "crm.py", "x = 1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               one);
    run_deploy(box, "crm.py", "x = 2\n", HB_TRIGGER_SAVE, HB_OUTCOME_FAILED,
               two);
    struct got got = source(box, "crm.py", one);
    ok(&got);
    assert_string_equal(got.bytes, "x = 1\n");
    got_release(&got);
    char prefix[8];
    for (int i = 0; i < 7; i++) {
        prefix[i] = (char)(two[i] >= 'a' ? two[i] - 32 : two[i]);
    }
    prefix[7] = '\0';
    got = source(box, "crm.py", prefix);
    ok(&got);
    assert_string_equal(got.commit, two);
    got_release(&got);
    static const char *const bad[] = {
        "",
        "abc",
        "zzzz",
        "HEAD",
        "dev",
        "0000000000000000000000000000000000000001",
        "00000000000000000000000000000000000000001"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        got = source(box, "crm.py", bad[i]);
        assert_int_equal(got.err.code, HB_ECOMMIT);
    }
    got = source(box, "none.py", one);
    assert_int_equal(got.err.code, HB_ECOMMIT);

    const char patch[] = "diff --git a/services/crm.py b/services/crm.py\n"
                         "index a85a26d..1df4ab9 100644\n"
                         "--- a/services/crm.py\n+++ b/services/crm.py\n"
                         "@@ -1 +1 @@\n-x = 1\n+x = 2\n";
    got = diff(box, "crm.py", NULL, NULL);
    ok(&got);
    char *real = shell(box, "git diff dev~1 dev -- services/crm.py");
    assert_string_equal(strstr(got.bytes, "---"), strstr(real, "---"));
    assert_string_equal(strstr(got.bytes, "---"), strstr(patch, "---"));
    free(real);
    got_release(&got);
    got = diff(box, "crm.py", two, one);
    ok(&got);
    assert_non_null(strstr(got.bytes, "-x = 2\n+x = 1\n"));
    got_release(&got);
    got = diff(box, "crm.py", two, NULL);
    ok(&got);
    assert_string_equal(got.bytes, "");
    got_release(&got);
    got = diff(box, "none.py", NULL, NULL);
    assert_int_equal(got.err.code, HB_ENOTHING);
}

static void a_short_prefix_that_fits_many_is_told(void **state)
{
    struct box *box = *state;
    char commits[300][HB_OID_SIZE];
    for (int i = 0; i < 300; i++) {
        char bytes[32];
        snprintf(bytes, sizeof bytes, "x = %d\n", i);
        run_deploy(box, "crm.py", bytes, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
                   commits[i]);
    }
    /* Four digits that fit more than one object are told, and never answered
     * with another commit than the one that begins with them. */
    for (int i = 0; i < 300; i += 7) {
        char prefix[5] = "";
        int same = 0;
        memcpy(prefix, commits[i], 4);
        for (int j = 0; j < 300; j++) {
            same += memcmp(commits[j], prefix, 4) == 0;
        }
        struct got got = source(box, "crm.py", prefix);
        if (got.err.code == HB_OK) {
            assert_int_equal(same, 1);
            assert_string_equal(got.commit, commits[i]);
        } else {
            assert_int_equal(got.err.code, HB_ECOMMIT);
        }
        got_release(&got);
    }
}

static void assert_back(struct box *box, const char *now, const char *expected)
{
    char blob[HB_OID_SIZE] = "";
    if (now != NULL) {
        hb_text_blob_id(now, strlen(now), blob);
    }
    struct got got = rollback(box, "crm.py", NULL, blob);
    if (expected == NULL) {
        assert_int_equal(got.err.code, HB_ENOTHING);
    } else {
        ok(&got);
        assert_string_equal(got.bytes, expected);
        assert_int_equal(strlen(got.commit), 40);
    }
    got_release(&got);
}

static void a_rollback_steps_back_and_further(void **state)
{
    struct box *box = *state;
    char one[HB_OID_SIZE];
    assert_back(box, NULL, NULL);
    run_deploy(box, "crm.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, one);
    assert_back(box, NULL, NULL);
    run_deploy(box, "crm.py", "2", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    assert_back(box, NULL, "1");
    run_deploy(box, "crm.py", "3", HB_TRIGGER_SAVE, HB_OUTCOME_FAILED, NULL);
    assert_back(box, NULL, "2");
    run_deploy(box, "crm.py", "2", HB_TRIGGER_ROLLBACK, HB_OUTCOME_DEPLOYED,
               NULL);
    assert_back(box, NULL, "1");
    run_deploy(box, "crm.py", "1", HB_TRIGGER_ROLLBACK, HB_OUTCOME_DEPLOYED,
               NULL);
    assert_back(box, NULL, NULL);
    run_deploy(box, "crm.py", "4", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "other.py", "5", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    assert_back(box, NULL, "2");
    assert_back(box, "2", "1");
    assert_back(box, "1", NULL);
    assert_back(box, "somebody else's", "4");
    struct got got = rollback(box, "crm.py", one, "");
    ok(&got);
    assert_string_equal(got.bytes, "1");
    assert_string_equal(got.commit, one);
    got_release(&got);
    got = rollback(box, "crm.py", "ffff0000", "");
    assert_int_equal(got.err.code, HB_ECOMMIT);
}

static void live_is_what_each_server_confirmed_last(void **state)
{
    struct box *box = *state;
    char one[HB_OID_SIZE];
    run_deploy(box, "crm.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, one);
    run_deploy(box, "other.py", "1", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, "2");
    ok(&begun);
    set_outcome(deploy, HB_OUTCOME_UNCONFIRMED, HB_SERVER_CONFIRMED, "half");
    deploy->servers[1].state = HB_SERVER_SILENT;
    struct got ended = outcome(box, deploy);
    ok(&ended);
    run_deploy(box, "crm.py", "3", HB_TRIGGER_SAVE, HB_OUTCOME_FAILED, NULL);
    for (int i = 0; i < 2; i++) {
        struct got now = live(box, "crm.py");
        ok(&now);
        assert_int_equal(now.count, 2);
        assert_string_equal(now.live[0].server, "server1");
        assert_string_equal(now.live[0].commit, ended.commit);
        assert_string_equal(now.live[1].server, "server2");
        assert_string_equal(now.live[1].commit, one);
        char blob[HB_OID_SIZE];
        hb_text_blob_id("1", 1, blob);
        assert_string_equal(now.live[1].blob, blob);
        assert_true(now.live[0].time > 0);
        got_release(&now);
        now = live(box, NULL);
        assert_int_equal(now.count, 4);
        got_release(&now);
        box_close(box);
        free(shell(box, "rm hotbridge.index hotbridge.ids"));
        assert_true(box_open(box));
    }
    /* Last live against last given. */
    struct got patch = diff(box, "crm.py", NULL, NULL);
    ok(&patch);
    assert_non_null(strstr(patch.bytes, "-1\n"));
    assert_non_null(strstr(patch.bytes, "+3\n"));
    got_release(&patch);
    deploy->servers[1].state = HB_SERVER_CONFIRMED;
    struct got word = late(box, deploy);
    ok(&word);
    struct got now = live(box, "crm.py");
    assert_string_equal(now.live[1].commit, ended.commit);
    got_release(&now);
    now = live(box, "none.py");
    assert_int_equal(now.count, 0);
    got_release(&now);
    hb_deploy_free(deploy);
}

static void what_somebody_commits_by_hand_does_no_harm(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", "1\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    free(shell(box, "git clone -q . ../work && cd ../work && mkdir docs "
                    "&& echo hi > docs/readme && git add . "
                    "&& git commit -qm 'by hand' && git push -q origin dev"));
    run_deploy(box, "crm.py", "2\n", HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    struct got page = list(box, NULL, 10, NULL, false);
    ok(&page);
    assert_int_equal(page.count, 2);
    got_release(&page);
    expect(box, "hi\n", "git show dev:docs/readme");
    expect(box, "3\n", "git rev-list --count dev");

    /* Packed refs, too: ours and those under way. */
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, "3\n");
    ok(&begun);
    free(shell(box, "git gc -q && git pack-refs --all --prune"));
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    struct got ended = outcome(box, deploy);
    ok(&ended);
    expect(box, "", "git for-each-ref refs/hotbridge/pending");
    page = list(box, "crm.py", 10, NULL, false);
    assert_int_equal(page.count, 3);
    got_release(&page);
    hb_deploy_free(deploy);
    assert_sound(box);
}

int main(void)
{
#define test(name) \
    cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
    const struct CMUnitTest tests[] = {
        test(a_list_has_the_newest_first_and_goes_on),
        test(lists_refuse_what_they_cannot_answer),
        test(all_merges_what_was_not_delivered),
        test(a_late_word_is_folded_in),
        test(what_is_pending_has_an_order),
        test(what_is_pending_and_lost_is_ended),
        test(what_is_pending_may_be_outdated),
        test(a_commit_that_cannot_be_read_is_no_end),
        test(an_unknown_id_is_told),
        test(source_and_diff_take_any_commit),
        test(a_short_prefix_that_fits_many_is_told),
        test(a_rollback_steps_back_and_further),
        test(live_is_what_each_server_confirmed_last),
        test(what_somebody_commits_by_hand_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
