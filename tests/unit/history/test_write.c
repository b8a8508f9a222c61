#include "harness.h"

#define ONE "x = 1\n"
#define TWO "x = 2\n"

static void a_deploy_is_one_commit_of_its_branch(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    deploy->client = hb_strdup("vscode/1.2");
    struct got begun = attempt(box, deploy, ONE);
    ok(&begun);
    assert_int_equal(strlen(begun.attempt.attempt), 40);
    assert_string_equal(begun.attempt.previous, "");
    assert_string_equal(begun.attempt.last_blob, "");
    expect(box, ONE,
           "git cat-file blob refs/hotbridge/pending/%s:services/"
           "crm.py",
           deploy->id);
    assert_sound(box);

    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED,
                "deployed on 2 of 2 servers");
    hb_strings_add(&deploy->servers[0].services, "crm.get");
    hb_strings_add(&deploy->servers[1].services, "crm.get");
    deploy->servers[0].seconds = 0.412;
    struct got ended = outcome(box, deploy);
    ok(&ended);
    expect(box, "crm.py: deployed on 2 of 2\n", "git log --format=%%s dev");
    expect(box, "Ada Lovelace <ada@example.org>\n",
           "git log --format='%%an <%%ae>' dev");
    expect(box, ONE, "git show dev:services/crm.py");
    expect(box, "", "git for-each-ref refs/hotbridge/pending");
    expect(box, "server1 confirmed 0.412\nserver2 confirmed\n",
           "git log -1 --format='%%(trailers:key=Server,valueonly,"
           "separator=%%x0a)' dev");
    char *trailers =
        shell(box, "git cat-file commit dev | git interpret-trailers --parse "
                   "| cut -d: -f1 | tr '\\n' ' '");
    assert_string_equal(trailers,
                        "Deploy-Id Target Module Trigger Outcome Message "
                        "Blob Server Service Server Service Client "
                        "Started ");
    free(trailers);
    expect(box, "refs/heads/dev\n", "git symbolic-ref HEAD");
    assert_sound(box);
    hb_deploy_free(deploy);
}

static void the_same_bytes_again_are_a_commit_without_a_blob(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    char *before = shell(box, "git cat-file --batch-all-objects "
                              "--batch-check | grep -c blob");
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    expect(box, before,
           "git cat-file --batch-all-objects --batch-check | grep -c blob");
    expect(box, "2\n", "git rev-list --count dev");
    free(before);
    assert_sound(box);
}

/* Blob and trees of an attempt are emptied, cut, flipped and lengthened, as a
 * power cut may leave them; the same bytes once more must not believe them. */
static void torn_objects_are_made_whole_again(void **state)
{
    static const char *const harms[] = {
        ": >$f",
        "head -c 7 $f >t && cat t >$f",
        "printf '\\0' | dd of=$f bs=1 seek=9 conv=notrunc 2>t",
        "printf x >>$f",
    };
    struct box *box = *state;
    for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
        char *text = hb_format("x = %zu\n", i);
        struct hb_deploy *first = make_deploy(box, "crm.py");
        struct got torn = attempt(box, first, text);
        ok(&torn);
        char *harm = hb_format("for o in :services/crm.py :services ^{tree}; "
                               "do n=$(git rev-parse %s$o) && "
                               "f=$(ls objects/*/${n#[0-9a-f][0-9a-f]}) && "
                               "chmod u+w $f && %s; done",
                               torn.attempt.attempt, harms[i]);
        free(shell(box, "%s", harm));
        struct hb_deploy *second = make_deploy(box, "crm.py");
        struct got whole = attempt(box, second, text);
        ok(&whole);
        expect(box, text, "git show %s:services/crm.py", whole.attempt.attempt);
        assert_sound(box);
        free(harm);
        free(text);
        hb_deploy_free(first);
        hb_deploy_free(second);
    }
}

/* The same bytes were on their way once more when the power went. */
static void a_torn_copy_of_a_packed_object_is_put_away(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    free(shell(box, "git repack -a -d -q && "
                    "n=$(git rev-parse dev:services/crm.py) && "
                    "d=objects/$(echo $n | cut -c -2) && mkdir -p $d && "
                    ": >$d/${n#[0-9a-f][0-9a-f]}"));
    reopen(box);
    expect(box, "1\n", "ls hotbridge.torn | wc -l");
    expect(box, ONE, "git show dev:services/crm.py");
    assert_sound(box);
}

static void another_git_may_pack_and_lock(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, TWO);
    ok(&begun);
    free(shell(box, "git pack-refs --all --prune && git gc -q"));
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    struct got ended = outcome(box, deploy);
    ok(&ended);
    expect(box, "2\n", "git rev-list --count dev");
    expect(box, "", "git for-each-ref refs/hotbridge/pending");
    hb_deploy_free(deploy);

    /* A lock that a git has left does not stand in the way. */
    deploy = make_deploy(box, "crm.py");
    begun = attempt(box, deploy, ONE);
    ok(&begun);
    free(shell(box, ": >refs/heads/dev.lock"));
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    ended = outcome(box, deploy);
    ok(&ended);
    expect(box, "3\n", "git rev-list --count dev");
    assert_sound(box);
    hb_deploy_free(deploy);
}

static void modules_stand_side_by_side_in_order(void **state)
{
    struct box *box = *state;
    run_deploy(box, "b.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "za\xC5\xBC.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    run_deploy(box, "a.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "b.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_FAILED, NULL);
    expect(box, "services/a.py\nservices/b.py\nservices/za\xC5\xBC.py\n",
           "git -c core.quotePath=false ls-tree -r --name-only dev");
    expect(box, "b.py: failed on server1, server2\nb.py: deployed on 2 of 2\n",
           "git log --format=%%s dev -- services/b.py");
    assert_sound(box);
}

static void what_was_not_delivered_is_not_on_the_branch(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "crm.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_CONFLICT, NULL);
    run_deploy(box, "crm.py", "3", HB_TRIGGER_SAVE, HB_OUTCOME_SUPERSEDED,
               NULL);
    expect(box, "1\n", "git rev-list --count dev");
    expect(box, ONE, "git show dev:services/crm.py");
    expect(box, "crm.py: superseded\ncrm.py: conflict\n",
           "git log --format=%%s refs/hotbridge/undelivered/dev");
    expect(box, TWO,
           "git show refs/hotbridge/undelivered/dev~1:services/crm.py");
    assert_sound(box);
}

static void a_rejected_deploy_keeps_its_text(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "../up.py");
    set_outcome(deploy, HB_OUTCOME_REJECTED, HB_SERVER_WAITING,
                "../up.py is not the name of a module");
    struct got got = {0};
    hb_history_rejected(box->history, deploy, ONE, 6, on_commit, &got);
    finish(box, &got);
    ok(&got);
    expect(box, "../up.py: rejected: ../up.py is not the name of a module\n",
           "git log --format=%%s refs/hotbridge/undelivered/dev");
    hb_deploy_free(deploy);

    deploy = make_deploy(box, "bad.py");
    set_outcome(deploy, HB_OUTCOME_REJECTED, HB_SERVER_WAITING, "not UTF-8");
    memset(&got, 0, sizeof got);
    hb_history_rejected(box->history, deploy, "\xff\xfe", 2, on_commit, &got);
    finish(box, &got);
    ok(&got);
    struct got known = get(box, deploy->id);
    ok(&known);
    assert_int_equal(known.deploy->outcome, HB_OUTCOME_REJECTED);
    assert_string_equal(known.deploy->commit, got.commit);
    got_release(&known);
    hb_deploy_free(deploy);

    deploy = make_deploy(box, "text.py");
    set_outcome(deploy, HB_OUTCOME_REJECTED, HB_SERVER_WAITING, "no syntax");
    memset(&got, 0, sizeof got);
    hb_history_rejected(box->history, deploy, "def\n", 4, on_commit, &got);
    finish(box, &got);
    ok(&got);
    expect(box, "def\n",
           "git show refs/hotbridge/undelivered/dev:services/text.py");
    assert_sound(box);
    hb_deploy_free(deploy);
}

static void an_id_means_one_deploy(void **state)
{
    struct box *box = *state;
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    memcpy(deploy->id, "ABCDEF00-0000-4000-8000-00000000000A", HB_UUID_SIZE);
    struct got begun = attempt(box, deploy, ONE);
    ok(&begun);
    memcpy(deploy->id, "abcdef00-0000-4000-8000-00000000000a", HB_UUID_SIZE);
    struct got again = attempt(box, deploy, ONE);
    ok(&again);
    assert_string_equal(again.attempt.attempt, "");
    struct got other = attempt(box, deploy, TWO);
    assert_int_equal(other.err.code, HB_EREUSED);
    set_outcome(deploy, HB_OUTCOME_DEPLOYED, HB_SERVER_CONFIRMED, "done");
    hb_text_blob_id(ONE, 6, deploy->blob);
    struct got ended = outcome(box, deploy);
    ok(&ended);
    again = attempt(box, deploy, ONE);
    ok(&again);
    assert_string_equal(again.attempt.attempt, "");
    other = attempt(box, deploy, TWO);
    assert_int_equal(other.err.code, HB_EREUSED);
    hb_replace(&deploy->target, "prod");
    other = attempt(box, deploy, ONE);
    assert_int_equal(other.err.code, HB_EREUSED);
    hb_replace(&deploy->target, "dev");
    hb_replace(&deploy->module, "other.py");
    other = attempt(box, deploy, ONE);
    assert_int_equal(other.err.code, HB_EREUSED);
    hb_replace(&deploy->module, "crm.py");

    /* The outcome a second time: the commit that is there. */
    struct got twice = outcome(box, deploy);
    ok(&twice);
    assert_string_equal(twice.commit, ended.commit);
    expect(box, "1\n", "git rev-list --count dev");

    reopen(box);
    other = attempt(box, deploy, TWO);
    assert_int_equal(other.err.code, HB_EREUSED);
    struct got known = get(box, "ABCDEF00-0000-4000-8000-00000000000A");
    ok(&known);
    assert_string_equal(known.deploy->commit, ended.commit);
    got_release(&known);
    hb_deploy_free(deploy);
}

static void an_attempt_is_told_what_came_before(void **state)
{
    struct box *box = *state;
    char first[HB_OID_SIZE];
    char one[HB_OID_SIZE];
    char theirs[HB_OID_SIZE];
    hb_text_blob_id(ONE, 6, one);
    hb_text_blob_id("theirs", 6, theirs);
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_UNCONFIRMED,
               first);
    run_deploy(box, "other.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED,
               NULL);
    run_deploy(box, "crm.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_CONFLICT, NULL);
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    struct got begun = attempt(box, deploy, TWO);
    ok(&begun);
    assert_string_equal(begun.attempt.previous, first);
    assert_string_equal(begun.attempt.last_blob, one);
    assert_string_equal(begun.attempt.found_blob, "");
    struct got foreign = found(box, "crm.py", "theirs");
    ok(&foreign);
    hb_deploy_free(deploy);
    deploy = make_deploy(box, "crm.py");
    begun = attempt(box, deploy, TWO);
    ok(&begun);
    assert_string_equal(begun.attempt.previous, foreign.commit);
    assert_string_equal(begun.attempt.last_blob, one);
    assert_string_equal(begun.attempt.found_blob, theirs);
    expect(box, "theirs", "git show dev:services/crm.py");
    expect(box, "crm.py: found on the target\n", "git log -1 --format=%%s dev");
    hb_deploy_free(deploy);
    assert_sound(box);
}

static void bad_names_are_refused(void **state)
{
    struct box *box = *state;
    static const char *const modules[] = {"",      ".git",    "a/b.py", "..",
                                          "-x.py", "a\nb.py", "\xff.py"};
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        struct hb_deploy *deploy = make_deploy(box, modules[i]);
        struct got got = attempt(box, deploy, ONE);
        assert_int_equal(got.err.code, HB_EMODULE);
        hb_deploy_free(deploy);
    }
    struct hb_deploy *deploy = make_deploy(box, "crm.py");
    hb_replace(&deploy->target, "../dev");
    struct got got = attempt(box, deploy, ONE);
    assert_int_equal(got.err.code, HB_ETARGET);
    hb_replace(&deploy->target, "dev");
    memcpy(deploy->id, "../../../../../../../../../../../etc", HB_UUID_SIZE);
    got = attempt(box, deploy, ONE);
    assert_int_equal(got.err.code, HB_EPARAMS);
    hb_deploy_free(deploy);
    assert_sound(box);
}

static void without_an_identity_it_is_user_at_host(void **state)
{
    struct box *box = *state;
    char *config = hb_path_join(box->folder, ".gitconfig");
    unlink(config);
    setenv("USER", "grace", 1);
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    char *expected = hb_format("grace <grace@%s>\n", host);
    expect(box, expected, "git log --format='%%an <%%ae>' dev");
    free(expected);

    /* A broken configuration of the user's is no reason to lose a save. */
    FILE *file = fopen(config, "w");
    fputs("[user\nname=", file);
    fclose(file);
    reopen(box);
    run_deploy(box, "crm.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    unlink(config);
    expect(box, "2\n", "git rev-list --count dev");
    free(config);
}

static void head_follows_the_default_target(void **state)
{
    struct box *box = *state;
    hb_history_set_default(box->history, "prod");
    hb_history_set_default(box->history, NULL);
    hb_history_set_default(box->history, "../x");
    box_close(box);
    expect(box, "refs/heads/prod\n", "git symbolic-ref HEAD");
    assert_true(box_open(box));
    expect(box, "refs/heads/dev\n", "git symbolic-ref HEAD");
}

static void callbacks_come_once_and_in_order(void **state)
{
    struct box *box = *state;
    enum { MANY = 40 };
    struct got gots[MANY] = {0};
    struct hb_deploy *deploys[MANY];
    for (int i = 0; i < MANY; i++) {
        char bytes[32];
        int len = snprintf(bytes, sizeof bytes, "x = %d\n", i);
        deploys[i] = make_deploy(box, "crm.py");
        hb_history_attempt(box->history, deploys[i], bytes, (size_t)len, NULL,
                           mark_log, on_attempt, &gots[i]);
        memset(bytes, 'z', sizeof bytes); /* what is given is copied */
    }
    assert_false(hb_history_idle(box->history));
    for (int i = 0; i < MANY; i++) {
        while (gots[i].calls == 0) {
            uv_run(&box->loop, UV_RUN_ONCE);
        }
        for (int j = i + 1; j < MANY; j++) {
            assert_true(gots[j].calls <= 1);
        }
    }
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(gots[i].calls, 1);
        ok(&gots[i]);
        hb_deploy_free(deploys[i]);
    }
    struct got left = pending(box);
    assert_int_equal(left.count, MANY);
    assert_string_equal(left.pending[7].bytes, "x = 7\n");
    got_release(&left);
}

static void a_clone_is_a_pleasure(void **state)
{
    struct box *box = *state;
    run_deploy(box, "crm.py", ONE, HB_TRIGGER_SAVE, HB_OUTCOME_DEPLOYED, NULL);
    run_deploy(box, "crm.py", TWO, HB_TRIGGER_SAVE, HB_OUTCOME_CONFLICT, NULL);
    expect(box, "crm.py\n", "git clone -q . ../clone && ls ../clone/services");
    expect(box, "1\n", "git -C ../clone rev-list --all --count");
}

int main(void)
{
#define test(name) \
    cmocka_unit_test_setup_teardown(name, box_setup, box_teardown)
    const struct CMUnitTest tests[] = {
        test(a_deploy_is_one_commit_of_its_branch),
        test(the_same_bytes_again_are_a_commit_without_a_blob),
        test(torn_objects_are_made_whole_again),
        test(a_torn_copy_of_a_packed_object_is_put_away),
        test(another_git_may_pack_and_lock),
        test(modules_stand_side_by_side_in_order),
        test(what_was_not_delivered_is_not_on_the_branch),
        test(a_rejected_deploy_keeps_its_text),
        test(an_id_means_one_deploy),
        test(an_attempt_is_told_what_came_before),
        test(bad_names_are_refused),
        test(without_an_identity_it_is_user_at_host),
        test(head_follows_the_default_target),
        test(callbacks_come_once_and_in_order),
        test(a_clone_is_a_pleasure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
