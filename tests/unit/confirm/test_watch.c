#include "confirm/confirm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <unistd.h>

#include "confirm/world.h"

#define MODULE "crm.py"
#define OLD "rate = 1\n"
#define NEW "rate = 2\n"
#define BROKEN "rate = (\n"
/* Seconds: for what must never be confirmed, and for all else. */
#define SHORT 0.9
#define LONG 30.0
#define T0 1700000000

/* The server has imported the file as it should: copy, bytecode, line. */
static void takes(struct world *world, size_t server, const char *process,
                  const char *bytes, int64_t mtime)
{
    world_copy(world, server, MODULE, bytes, mtime);
    world_bytecode(world, server, MODULE, mtime, strlen(bytes));
    world_say(world, server, world_good(world, server, process, MODULE));
}

/* ---- one deploy ------------------------------------------------------- */

static void deployed_when_every_server_says_so(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 2);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    world_until(&world, &run.changes, 1);
    assert_int_equal(run_state(&run, 0), HB_SERVER_CONFIRMED);
    assert_int_equal(run_state(&run, 1), HB_SERVER_WAITING);
    assert_int_equal(run.dones, 0);
    assert_false(run.deploy->live);
    takes(&world, 1, "18", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    assert_true(run.deploy->live);
    assert_int_equal(run.deploy->server_count, 2);
    assert_int_equal(run.deploy->servers[1].services.count, 1);
    assert_string_equal(run.deploy->servers[1].services.items[0], "crm.get");
    assert_true(run.deploy->servers[0].seconds >= 0);
    assert_int_equal(run.deploy->warning_count, 0);
    run_end(&run);
    world_end(&world);
}

static void deployed_in_place(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

static void failed_with_place_and_reason(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 2);
    run_begin(&run, &world, MODULE, BROKEN, T0, LONG);
    takes(&world, 0, "17", BROKEN, T0);
    world_copy(&world, 1, MODULE, BROKEN, T0);
    world_say(&world, 1,
              world_bad(&world, 1, "18", MODULE, "ValueError: no\nmore"));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_FAILED);
    assert_false(run.deploy->live);
    assert_int_equal(run_state(&run, 1), HB_SERVER_FAILED);
    assert_string_equal(run_message(&run, 1), "ValueError: no\nmore");
    assert_int_equal(run.deploy->diagnostic_count, 1);
    assert_int_equal(run.deploy->diagnostics[0].line, 3);
    assert_string_equal(run.deploy->diagnostics[0].server, "server2");
    assert_string_equal(run.deploy->diagnostics[0].path, MODULE);
    run_end(&run);
    world_end(&world);
}

/* At start a server says only that it could not load the module. */
static void an_error_without_its_closing_line_fails(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, BROKEN, T0, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0);
    world_say(&world, 0,
              lines_error("17", world_server(&world, 0)->copies, MODULE,
                          "KeyError: 'x'"));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_FAILED);
    assert_string_equal(run_message(&run, 0), "KeyError: 'x'");
    run_end(&run);
    world_end(&world);
}

static void a_module_without_services_fails(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_say(&world, 0, lines_nothing("17", MODULE));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_FAILED);
    assert_string_equal(run_message(&run, 0), "loaded, holds no services");
    run_end(&run);
    world_end(&world);
}

static char *models(struct world *world)
{
    return hb_format(DATE COLOUR "17:Dummy-1 - " CREATE
                                 "Deployed 1 model from `%s/" MODULE
                                 "` -> ['crm.Customer']",
                     world_server(world, 0)->copies != NULL
                         ? world_server(world, 0)->copies
                         : world_server(world, 0)->pickup);
}

static void models_alone_are_a_success(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_say(&world, 0, models(&world));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    assert_true(run.took >= HB_JUDGE_GROUP);
    run_end(&run);
    world_end(&world);
}

/* Models and services of one thread are one answer, not two. */
static void models_before_services_are_one_answer(void **state)
{
    struct world world;
    struct run first = {0};
    struct run second = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&first, &world, MODULE, OLD, T0, LONG);
    world_copy(&world, 0, MODULE, OLD, T0);
    world_say(&world, 0, models(&world));
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    run_until_done(&first);
    assert_int_equal(first.outcome, HB_OUTCOME_DEPLOYED);
    assert_string_equal(first.deploy->servers[0].services.items[0], "crm.get");
    run_begin(&second, &world, MODULE, BROKEN, T0 + 1, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0 + 1);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&second);
    assert_int_equal(second.outcome, HB_OUTCOME_FAILED);
    run_end(&second);
    run_end(&first);
    world_end(&world);
}

/* ---- the witness ------------------------------------------------------ */

static void never_confirmed(struct world *world, struct run *run,
                            const char *why)
{
    run_until_done(run);
    assert_int_equal(run->outcome, HB_OUTCOME_UNCONFIRMED);
    assert_int_equal(run_state(run, 0), HB_SERVER_SILENT);
    assert_false(run->deploy->live);
    if (strstr(run_message(run, 0), why) == NULL) {
        fail_msg("\"%s\" does not say \"%s\"", run_message(run, 0), why);
    }
    run_end(run);
    world_end(world);
}

static void a_foreign_copy_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    takes(&world, 0, "17", "rate = 3\n", T0);
    never_confirmed(&world, &run, "another version");
}

static void a_copy_that_is_larger_is_foreign(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    takes(&world, 0, "17", NEW "more = 1\n", T0);
    never_confirmed(&world, &run, "another version");
}

static void a_copy_that_is_not_there_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    never_confirmed(&world, &run, "");
}

static void half_a_copy_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    takes(&world, 0, "17", "rate", T0);
    never_confirmed(&world, &run, "");
}

/* Another process may have been writing it again. */
static void a_copy_that_becomes_whole_is(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 2;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_copy(&world, 0, MODULE, "rate", T0);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_say(&world, 0, world_good(&world, 0, "18", MODULE));
    world_read(&world);
    assert_int_equal(run.dones, 0);
    world_copy(&world, 0, MODULE, NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

/* The file system's clock stands still for some milliseconds. */
static void let_tick(struct world *world)
{
    world_let_pass(world, 0.03);
}

/* A single process writes its copy, imports it, and then speaks of it. */
static void a_line_from_before_the_copy_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_copy(&world, 0, MODULE, "rate", T0);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    let_tick(&world);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_let_pass(&world, HB_JUDGE_RETRY + HB_JUDGE_SETTLE + 0.2);
    assert_int_equal(run.dones, 0);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

/* Somebody's good version and then ours, which fails, before either line was
 * read: the first line is not ours, whatever lies there now. */
static void two_versions_read_at_once(void **state, bool old_good,
                                      bool new_good, enum hb_outcome outcome)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_read(&world);
    world_say(&world, 0,
              old_good ? world_good(&world, 0, "17", MODULE)
                       : world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    usleep(30 * 1000); /* and the bridge does not look */
    world_copy(&world, 0, MODULE, NEW, T0);
    world_bytecode(&world, 0, MODULE, T0, strlen(NEW));
    usleep(30 * 1000);
    world_say(&world, 0,
              new_good ? world_good(&world, 0, "17", MODULE)
                       : world_bad(&world, 0, "17", MODULE, "KeyError: 2"));
    run_until_done(&run);
    assert_int_equal(run.outcome, outcome);
    run_end(&run);
    world_end(&world);
}

static void a_good_one_of_somebody_and_then_our_failure(void **state)
{
    two_versions_read_at_once(state, true, false, HB_OUTCOME_FAILED);
}

static void a_failure_of_somebody_and_then_our_good_one(void **state)
{
    two_versions_read_at_once(state, false, true, HB_OUTCOME_DEPLOYED);
}

/* The copy is new, its bytecode is not: same size, same second. */
static void bytecode_older_than_the_copy_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_bytecode(&world, 0, MODULE, T0, strlen(NEW));
    let_tick(&world);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    never_confirmed(&world, &run, "bytecode");
}

/* Same size, same second: the log is right, the copy is ours, and the old
 * code runs. */
static void stale_bytecode_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_bytecode(&world, 0, MODULE, T0 - 1, strlen(NEW));
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    never_confirmed(&world, &run, "bytecode");
}

static void stale_bytecode_of_many_workers_is_no_proof(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 2;
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_bytecode(&world, 0, MODULE, T0, strlen(NEW) + 1);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_say(&world, 0, world_good(&world, 0, "18", MODULE));
    never_confirmed(&world, &run, "bytecode");
}

static void bytecode_of_another_python_says_nothing(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    hb_replace(&world_server(&world, 0)->python_version, "3.12");
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_copy(&world, 0, MODULE, NEW, T0);
    world_bytecode(&world, 0, MODULE, T0 - 1, strlen(NEW)); /* of 3.10 */
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

/* ---- which change is answered ----------------------------------------- */

static void a_good_one_nudged_then_a_broken_one(void **state)
{
    struct world world;
    struct run good = {0};
    struct run bad = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&good, &world, MODULE, OLD, T0, LONG);
    world_copy(&world, 0, MODULE, OLD, T0);
    world_until(&world, &good.nudges, 1); /* it is touched again, … */
    world_copy(&world, 0, MODULE, OLD, T0 + 1);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    run_until_done(&good);
    assert_int_equal(good.outcome, HB_OUTCOME_DEPLOYED);
    assert_true(good.deploy->servers[0].nudged);
    /* … and the answer to that comes when the next has been delivered. */
    run_begin(&bad, &world, MODULE, BROKEN, T0 + 2, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0 + 2);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_read(&world);
    assert_int_equal(bad.dones, 0);
    assert_int_equal(run_state(&bad, 0), HB_SERVER_WAITING);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&bad);
    assert_int_equal(bad.outcome, HB_OUTCOME_FAILED);
    assert_int_equal(good.lates, 0);
    run_end(&bad);
    run_end(&good);
    world_end(&world);
}

static void an_unconfirmed_one_then_a_broken_one(void **state)
{
    struct world world;
    struct run first = {0};
    struct run bad = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&first, &world, MODULE, OLD, T0, 0.1);
    world_copy(&world, 0, MODULE, OLD, T0);
    run_until_done(&first);
    assert_int_equal(first.outcome, HB_OUTCOME_UNCONFIRMED);
    run_begin(&bad, &world, MODULE, BROKEN, T0 + 1, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0 + 1);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_read(&world);
    assert_int_equal(run_state(&bad, 0), HB_SERVER_WAITING);
    assert_int_equal(first.lates, 0); /* the file is not its own any more */
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&bad);
    assert_int_equal(bad.outcome, HB_OUTCOME_FAILED);
    run_end(&bad);
    run_end(&first);
    world_end(&world);
}

/* Answers to changes that nobody here made do not stand for later ones. */
static void answers_beyond_the_triggers_are_not_saved_up(void **state)
{
    struct world world;
    struct run runs[3] = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&runs[0], &world, MODULE, OLD, T0, LONG);
    takes(&world, 0, "17", OLD, T0);
    run_until_done(&runs[0]);
    for (int i = 0; i < 3; i++) {
        world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    }
    world_read(&world);
    world_no_bytecode(&world, 0, MODULE);
    run_begin(&runs[1], &world, MODULE, NEW, T0 + 1, 0.1);
    world_copy(&world, 0, MODULE, NEW, T0 + 1);
    run_until_done(&runs[1]);
    run_begin(&runs[2], &world, MODULE, BROKEN, T0 + 2, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0 + 2);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_read(&world);
    assert_int_equal(run_state(&runs[2], 0), HB_SERVER_WAITING);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&runs[2]);
    assert_int_equal(runs[2].outcome, HB_OUTCOME_FAILED);
    for (int i = 0; i < 3; i++) {
        run_end(&runs[i]);
    }
    world_end(&world);
}

/* Somebody else changed the module too: one more answer is to come. */
static void a_foreign_change_is_answered_first(void **state)
{
    struct world world;
    struct run first = {0};
    struct run bad = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&first, &world, MODULE, OLD, T0, LONG);
    takes(&world, 0, "17", OLD, T0);
    run_until_done(&first);
    world_no_bytecode(&world, 0, MODULE);
    hb_confirm_foreign(world.confirm, "dev", "server1", MODULE);
    run_begin(&bad, &world, MODULE, BROKEN, T0 + 1, LONG);
    world_copy(&world, 0, MODULE, BROKEN, T0 + 1);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_read(&world);
    assert_int_equal(run_state(&bad, 0), HB_SERVER_WAITING);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&bad);
    assert_int_equal(bad.outcome, HB_OUTCOME_FAILED);
    run_end(&bad);
    run_end(&first);
    world_end(&world);
}

/* Bytecode names the very delivery: the lost answer is not waited for. */
static void bytecode_of_this_delivery_settles_it(void **state)
{
    struct world world;
    struct run first = {0};
    struct run second = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&first, &world, MODULE, OLD, T0, 0.1);
    world_copy(&world, 0, MODULE, OLD, T0);
    run_until_done(&first);
    run_begin(&second, &world, MODULE, NEW, T0 + 1, LONG);
    takes(&world, 0, "17", NEW, T0 + 1);
    run_until_done(&second);
    assert_int_equal(second.outcome, HB_OUTCOME_DEPLOYED);
    assert_true(second.took >= HB_JUDGE_SETTLE);
    run_end(&second);
    run_end(&first);
    world_end(&world);
}

static void what_is_contradicted_while_it_settles_is_no_proof(void **state)
{
    struct world world;
    struct run first = {0};
    struct run second = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&first, &world, MODULE, OLD, T0, 0.1);
    world_copy(&world, 0, MODULE, OLD, T0);
    run_until_done(&first);
    run_begin(&second, &world, MODULE, NEW, T0 + 1, LONG);
    takes(&world, 0, "17", NEW, T0 + 1);
    world_read(&world);
    assert_int_equal(run_state(&second, 0), HB_SERVER_WAITING);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&second);
    assert_int_equal(second.outcome, HB_OUTCOME_FAILED);
    run_end(&second);
    run_end(&first);
    world_end(&world);
}

/* ---- workers ---------------------------------------------------------- */

static void each_worker_must_say_so(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 3;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    world_say(&world, 0, world_good(&world, 0, "18", MODULE));
    world_say(&world, 0, world_good(&world, 0, "17", MODULE)); /* again */
    world_read(&world);
    assert_int_equal(run.dones, 0);
    world_say(&world, 0, world_good(&world, 0, "19", MODULE));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

static void two_of_three_workers_are_not_enough(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 3;
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    takes(&world, 0, "17", NEW, T0);
    world_say(&world, 0, world_good(&world, 0, "18", MODULE));
    never_confirmed(&world, &run, "2 of its 3 processes");
}

static void unknown_workers_are_never_all(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 0;
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.deploy->warning_count, 1);
    assert_string_equal(run.deploy->warnings[0].code, "no-workers");
    never_confirmed(&world, &run, "gunicorn_workers");
}

static void one_worker_that_fails_fails_the_server(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 2;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    world_say(&world, 0, world_bad(&world, 0, "18", MODULE, "KeyError: 1"));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_FAILED);
    run_end(&run);
    world_end(&world);
}

/* What a worker said before it failed does not count any more. */
static void a_worker_that_fails_takes_its_word_back(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 2;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    world_say(&world, 0, world_bad(&world, 0, "17", MODULE, "KeyError: 1"));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_FAILED);
    world_say(&world, 0, world_good(&world, 0, "18", MODULE));
    world_read(&world);
    assert_int_equal(run_state(&run, 0), HB_SERVER_FAILED);
    assert_int_equal(run.lates, 0);
    world_say(&world, 0, world_good(&world, 0, "17", MODULE));
    world_until(&world, &run.lates, 1);
    assert_int_equal(run_state(&run, 0), HB_SERVER_CONFIRMED);
    run_end(&run);
    world_end(&world);
}

/* ---- starts and silence ----------------------------------------------- */

#define STARTING DATE COLOUR "99:MainThread - zato:0 - Starting Zato 3.2"

static void a_flood_at_start_proves_only_ours(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->running = HB_RUNNING_STARTING;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    world_say(&world, 0, hb_strdup(STARTING));
    for (int i = 0; i < 50; i++) {
        char *other = hb_format("other%d.py", i);
        world_say(&world, 0, world_good(&world, 0, "99", other));
        free(other);
    }
    takes(&world, 0, "99", OLD, T0 - 9);
    world_read(&world);
    assert_int_equal(run_state(&run, 0), HB_SERVER_WAITING);
    takes(&world, 0, "99", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

static void a_flood_with_the_old_version_alone(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_say(&world, 0, hb_strdup(STARTING));
    takes(&world, 0, "99", OLD, T0 - 9);
    never_confirmed(&world, &run, "another version");
}

/* Answers of a process that is gone do not count for the new one. */
static void a_restart_forgets_who_had_answered(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->workers = 2;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    world_say(&world, 0, hb_strdup(STARTING));
    world_say(&world, 0, world_good(&world, 0, "27", MODULE));
    world_read(&world);
    assert_int_equal(run_state(&run, 0), HB_SERVER_WAITING);
    world_say(&world, 0, world_good(&world, 0, "28", MODULE));
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_DEPLOYED);
    run_end(&run);
    world_end(&world);
}

static void a_stopped_server_says_it_late(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 2);
    world_server(&world, 1)->running = HB_RUNNING_NO;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    assert_int_equal(run.dones, 0);
    assert_int_equal(run_state(&run, 1), HB_SERVER_STOPPED);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    assert_false(run.deploy->live);
    world_say(&world, 1, hb_strdup(STARTING));
    takes(&world, 1, "99", NEW, T0);
    world_until(&world, &run.lates, 1);
    assert_int_equal(run_state(&run, 1), HB_SERVER_CONFIRMED);
    assert_true(run.deploy->live);
    assert_int_equal(run.dones, 1);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    run_end(&run);
    world_end(&world);
}

static void all_stopped_ends_at_once(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    world_server(&world, 0)->running = HB_RUNNING_NO;
    run.free_when_done = true;
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    assert_int_equal(run.dones, 1);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    run_end(&run);
    world_end(&world);
}

static void the_deadline_comes_and_then_the_word(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, 0.2);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    assert_true(run.took >= 0.2 && run.took < 5);
    assert_non_null(strstr(run_message(&run, 0), "said nothing"));
    takes(&world, 0, "17", NEW, T0);
    world_until(&world, &run.lates, 1);
    assert_int_equal(run_state(&run, 0), HB_SERVER_CONFIRMED);
    assert_true(run.deploy->live);
    assert_int_equal(run.dones, 1);
    run_end(&run);
    world_end(&world);
}

/* Silent for long, it is touched once more; with another save waiting it is
 * not waited for long behind that. */
static void silence_is_nudged_and_hurried(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, LONG);
    hb_watch_hurry(run.watch);
    world_until(&world, &run.nudges, 1);
    assert_true(hb_clock_monotonic() - run.begun >= HB_CONFIRM_NUDGE);
    hb_watch_hurry(run.watch);
    run_until_done(&run);
    assert_int_equal(run.nudges, 1);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    assert_true(run.took >= HB_CONFIRM_NUDGE + HB_CONFIRM_YIELD - 0.1);
    assert_true(run.took < HB_CONFIRM_NUDGE + HB_CONFIRM_YIELD + 5);
    assert_true(run.deploy->servers[0].nudged);
    assert_string_equal(run.deploy->warnings[0].code, "nudged");
    run_end(&run);
    /* Found silent, it gets less time until it speaks. */
    run_begin(&run, &world, MODULE, OLD, T0 + 5, LONG);
    run_until_done(&run);
    assert_true(run.took < HB_CONFIRM_SILENT + 4);
    run_end(&run);
    world_end(&world);
}

static void a_deaf_server_is_named(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, SHORT);
    world_say(&world, 0,
              hb_strdup(DATE COLOUR "17:Dummy-1 - x:0 - File observer `y` "
                                    "could not be started, e:`z`"));
    never_confirmed(&world, &run, "ZATO_HOT_DEPLOY_PREFER_SNAPSHOTS=1");
}

static void who_got_no_file_is_unreachable(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 2);
    run.deploy = hb_deploy_new();
    run.deploy->target = hb_strdup("dev");
    run.deploy->module = hb_strdup(MODULE);
    run.world = &world;
    run.watch = world_watch(&world, run.deploy, NEW, LONG, &run);
    hb_watch_delivered(run.watch, 0, T0);
    hb_watch_delivered(run.watch, 1, T0);
    hb_watch_undelivered(run.watch, 1, "no room");
    hb_watch_start(run.watch);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&run);
    assert_int_equal(run.outcome, HB_OUTCOME_UNCONFIRMED);
    assert_int_equal(run_state(&run, 1), HB_SERVER_UNREACHABLE);
    assert_string_equal(run_message(&run, 1), "no room");
    run_end(&run);
    world_end(&world);
}

static void a_service_taken_over_is_warned_of(void **state)
{
    struct world world;
    struct run first = {0};
    struct run second = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_4, 1);
    run_begin(&first, &world, MODULE, NEW, T0, LONG);
    takes(&world, 0, "17", NEW, T0);
    run_until_done(&first);
    run_begin(&second, &world, "crm2.py", NEW, T0, LONG);
    world_copy(&world, 0, "crm2.py", NEW, T0);
    world_say(&world, 0, world_good(&world, 0, "17", "crm2.py"));
    run_until_done(&second);
    assert_int_equal(second.deploy->warning_count, 1);
    assert_string_equal(second.deploy->warnings[0].code, "duplicate-service");
    assert_non_null(strstr(second.deploy->warnings[0].message, MODULE));
    run_end(&second);
    run_end(&first);
    world_end(&world);
}

/* ---- after a restart of the bridge ------------------------------------ */

static void late_words_for_an_earlier_deploy(void **state)
{
    struct world world;
    struct run run = {.world = &world};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 2);
    run.deploy = hb_deploy_new();
    run.deploy->target = hb_strdup("dev");
    run.deploy->module = hb_strdup(MODULE);
    hb_deploy_add_server(run.deploy, "server1")->state = HB_SERVER_CONFIRMED;
    hb_deploy_add_server(run.deploy, "server2")->state = HB_SERVER_STOPPED;
    run.watch = world_watch(&world, run.deploy, NEW, LONG, &run);
    hb_watch_delivered(run.watch, 0, 0);
    hb_watch_delivered(run.watch, 1, 0);
    hb_watch_start_late(run.watch);
    takes(&world, 1, "99", NEW, T0);
    world_until(&world, &run.lates, 1);
    assert_int_equal(run_state(&run, 0), HB_SERVER_CONFIRMED);
    assert_int_equal(run_state(&run, 1), HB_SERVER_CONFIRMED);
    assert_true(run.deploy->live);
    assert_int_equal(run.dones, 0);
    run_end(&run);
    world_end(&world);
}

/* ---- the end ---------------------------------------------------------- */

static void freed_from_within(void **state)
{
    struct world world;
    struct run run = {.free_when_done = true};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, NEW, T0, 0.1); /* by the deadline */
    run_until_done(&run);
    run_end(&run);
    run.free_when_done = true;
    run_begin(&run, &world, MODULE, NEW, T0 + 1, LONG); /* by a look */
    takes(&world, 0, "17", NEW, T0 + 1);
    run_until_done(&run);
    run_end(&run);
    world_end(&world);
}

/* With answers, looks and settling under way. */
static void freed_at_any_moment(void **state)
{
    (void)state;
    for (int turns = 0; turns < 12; turns++) {
        struct world world;
        struct run runs[2] = {0};
        world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
        run_begin(&runs[0], &world, MODULE, OLD, T0, LONG);
        run_begin(&runs[1], &world, MODULE, NEW, T0 + 1, LONG);
        takes(&world, 0, "17", turns % 2 ? NEW : "rat", T0 + 1);
        for (int i = 0; i < turns; i++) {
            uv_run(&world.loop, UV_RUN_ONCE);
        }
        run_end(&runs[turns % 2]);
        run_end(&runs[1 - turns % 2]);
        world_end(&world);
    }
}

static void confirm_frees_what_is_left(void **state)
{
    struct world world;
    struct run run = {0};
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    run_begin(&run, &world, MODULE, OLD, T0, LONG);
    takes(&world, 0, "17", OLD, T0);
    uv_run(&world.loop, UV_RUN_ONCE);
    world.sentinels = NULL;
    world_end(&world);
    hb_deploy_free(run.deploy);
}

int main(void)
{
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    const struct CMUnitTest tests[] = {
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
        TEST(deployed_when_every_server_says_so),
        TEST(deployed_in_place),
        TEST(failed_with_place_and_reason),
        TEST(an_error_without_its_closing_line_fails),
        TEST(a_module_without_services_fails),
        TEST(models_alone_are_a_success),
        TEST(models_before_services_are_one_answer),
        TEST(a_foreign_copy_is_no_proof),
        TEST(a_copy_that_is_larger_is_foreign),
        TEST(a_copy_that_is_not_there_is_no_proof),
        TEST(half_a_copy_is_no_proof),
        TEST(a_copy_that_becomes_whole_is),
        TEST(a_line_from_before_the_copy_is_no_proof),
        TEST(a_good_one_of_somebody_and_then_our_failure),
        TEST(a_failure_of_somebody_and_then_our_good_one),
        TEST(bytecode_older_than_the_copy_is_no_proof),
        TEST(stale_bytecode_is_no_proof),
        TEST(stale_bytecode_of_many_workers_is_no_proof),
        TEST(bytecode_of_another_python_says_nothing),
        TEST(a_good_one_nudged_then_a_broken_one),
        TEST(an_unconfirmed_one_then_a_broken_one),
        TEST(answers_beyond_the_triggers_are_not_saved_up),
        TEST(a_foreign_change_is_answered_first),
        TEST(bytecode_of_this_delivery_settles_it),
        TEST(what_is_contradicted_while_it_settles_is_no_proof),
        TEST(each_worker_must_say_so),
        TEST(two_of_three_workers_are_not_enough),
        TEST(unknown_workers_are_never_all),
        TEST(one_worker_that_fails_fails_the_server),
        TEST(a_worker_that_fails_takes_its_word_back),
        TEST(a_flood_at_start_proves_only_ours),
        TEST(a_flood_with_the_old_version_alone),
        TEST(a_restart_forgets_who_had_answered),
        TEST(a_stopped_server_says_it_late),
        TEST(all_stopped_ends_at_once),
        TEST(the_deadline_comes_and_then_the_word),
        TEST(silence_is_nudged_and_hurried),
        TEST(a_deaf_server_is_named),
        TEST(who_got_no_file_is_unreachable),
        TEST(a_service_taken_over_is_warned_of),
        TEST(late_words_for_an_earlier_deploy),
        TEST(freed_from_within),
        TEST(freed_at_any_moment),
        TEST(confirm_frees_what_is_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
