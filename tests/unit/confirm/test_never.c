/*
 * Whatever a log says: while the file that a server imports does not hold our
 * bytes, or its bytecode was made of other ones, nothing is ever confirmed.
 * Random lines with fixed seeds; many modules of one server at once.
 */
#include "confirm/confirm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "confirm/world.h"

#define SEEDS 3
#define MODULES 24
#define LINES 500
#define PIECE 25 /* lines between two looks of the loop */
#define T0 1700000000
/* Seconds: longer than all that settles or is looked at again. */
#define TIMEOUT 2.5

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245u + 12345u;
    return *seed >> 16;
}

static const char *pick(unsigned *seed, const char *const *from, size_t count)
{
    return from[next_random(seed) % count];
}

static char *module_name(unsigned number)
{
    return hb_format("m%u.py", number);
}

static char *our_bytes(unsigned number)
{
    return hb_format("rate = %u\nname = 'ours'\n", 1000 + number);
}

/* Anything but ours, in all the ways in which it may look alike. */
static void put_other_bytes(struct world *world, const char *module,
                            const char *ours, unsigned *seed)
{
    char *other = hb_strdup(ours);
    size_t len = strlen(other);
    int64_t mtime = T0 + next_random(seed) % 3;
    switch (next_random(seed) % 6) {
    case 0: world_copy(world, 0, module, NULL, 0); break;
    case 1: world_copy(world, 0, module, "", mtime); break;
    case 2:
        other[next_random(seed) % len] ^= 1;
        world_copy(world, 0, module, other, mtime);
        break;
    case 3:
        other[next_random(seed) % len] = '\0';
        world_copy(world, 0, module, other, mtime);
        break;
    case 4: {
        char *more = hb_format("%s\n", ours);
        world_copy(world, 0, module, more, mtime);
        free(more);
        break;
    }
    default: /* ours, with bytecode of something else */
        world_bytecode(world, 0, module, mtime + 1, len);
        world_copy(world, 0, module, ours, mtime);
        free(other);
        return;
    }
    world_bytecode(world, 0, module, mtime, len);
    free(other);
}

static char *random_line(struct world *world, const char *module,
                         unsigned *seed)
{
    static const char *const processes[] = {"17", "18", "19", "4000"};
    static const char *const loggers[] = {
        CREATE, CREATE, CREATE, STORE, "zato:0 - ", "zato_rest:0 - "};
    static const char *const counts[] = {"1 service", "2 services", "1 model",
                                         "9 models"};
    static const char *const odd[] = {"`",
                                      "",
                                      "]",
                                      "Traceback (most recent "
                                      "call last):",
                                      "  File \"x\", line 1",
                                      "ValueError"};
    const struct hb_server *server = world_server(world, 0);
    const char *folders[] = {server->pickup, "/srv/x/" COPIES, COPIES, "/tmp",
                             server->copies == NULL ? server->pickup
                                                    : server->copies};
    const char *process = pick(seed, processes, 4);
    const char *folder = pick(seed, folders, 5);
    switch (next_random(seed) % 10) {
    case 0: return hb_strdup(pick(seed, odd, 6));
    case 1:
        return hb_format(DATE COLOUR "%s:Dummy-%u - zato:0 - Starting Zato",
                         process, next_random(seed) % 3);
    case 2: return lines_nothing(process, module);
    case 3:
        return lines_error(process, folder, module,
                           "ValueError: Deployed 1 service");
    case 4: return world_bad(world, 0, process, module, "KeyError: 1");
    case 5:
        return hb_format(DATE "INFO - __main__:449 - Deployed -> %s/%s", folder,
                         module);
    case 6: return world_good(world, 0, process, module);
    default:
        return hb_format(DATE COLOUR "%s:Dummy-%u - %sDeployed %s from "
                                     "`%s/%s` -> ['crm.get', 'x']",
                         process, next_random(seed) % 3, pick(seed, loggers, 6),
                         pick(seed, counts, 4), folder, module);
    }
}

static void begin_all(struct world *world, struct run *runs, char **bytes)
{
    for (unsigned i = 0; i < MODULES; i++) {
        char *module = module_name(i);
        bytes[i] = our_bytes(i);
        run_begin(&runs[i], world, module, bytes[i], T0, TIMEOUT);
        runs[i].nudge = i % 2;
        free(module);
    }
}

static void check_all(struct run *runs)
{
    for (unsigned i = 0; i < MODULES; i++) {
        assert_int_not_equal(run_state(&runs[i], 0), HB_SERVER_CONFIRMED);
        assert_int_not_equal(runs[i].outcome, HB_OUTCOME_DEPLOYED);
        assert_false(runs[i].deploy->live);
    }
}

static void one_seed(void **state, enum hb_profile profile, unsigned seed)
{
    struct world world;
    struct run runs[MODULES] = {0};
    char *bytes[MODULES];
    unsigned number = seed;
    world_begin(&world, state, profile, 1);
    world_server(&world, 0)->workers = 1 + (int)(seed % 2);
    begin_all(&world, runs, bytes);
    for (unsigned i = 0; i < MODULES; i++) {
        put_other_bytes(&world, runs[i].deploy->module, bytes[i], &number);
    }
    for (unsigned i = 0; i < LINES; i++) {
        const struct run *run = &runs[next_random(&number) % MODULES];
        world_say(&world, 0, random_line(&world, run->deploy->module, &number));
        if (i % PIECE == 0) {
            uv_run(&world.loop, UV_RUN_NOWAIT);
            check_all(runs);
        }
    }
    for (unsigned i = 0; i < MODULES; i++) {
        run_until_done(&runs[i]);
    }
    world_let_pass(&world, HB_JUDGE_SETTLE + 0.1); /* and no late word */
    check_all(runs);
    for (unsigned i = 0; i < MODULES; i++) {
        run_end(&runs[i]);
        free(bytes[i]);
    }
    world_end(&world);
}

static void without_our_bytes_nothing_is_deployed_3_2(void **state)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        one_seed(state, HB_PROFILE_ZATO_32, seed);
    }
}

static void without_our_bytes_nothing_is_deployed_4_1(void **state)
{
    for (unsigned seed = 1; seed <= SEEDS; seed++) {
        one_seed(state, HB_PROFILE_ZATO_4, 100 + seed);
    }
}

/* The same lines do confirm when the bytes are ours: else the above would say
 * nothing. */
static void with_our_bytes_the_same_lines_do(void **state)
{
    struct world world;
    struct run runs[MODULES] = {0};
    char *bytes[MODULES];
    unsigned number = 5;
    unsigned confirmed = 0;
    world_begin(&world, state, HB_PROFILE_ZATO_32, 1);
    begin_all(&world, runs, bytes);
    for (unsigned i = 0; i < MODULES; i++) {
        world_copy(&world, 0, runs[i].deploy->module, bytes[i], T0);
        world_bytecode(&world, 0, runs[i].deploy->module, T0, strlen(bytes[i]));
    }
    for (unsigned i = 0; i < LINES; i++) {
        const struct run *run = &runs[next_random(&number) % MODULES];
        world_say(&world, 0, random_line(&world, run->deploy->module, &number));
    }
    for (unsigned i = 0; i < MODULES; i++) {
        run_until_done(&runs[i]);
        confirmed += runs[i].outcome == HB_OUTCOME_DEPLOYED;
    }
    assert_true(confirmed > MODULES / 4);
    for (unsigned i = 0; i < MODULES; i++) {
        run_end(&runs[i]);
        free(bytes[i]);
    }
    world_end(&world);
}

int main(void)
{
    setenv("UV_THREADPOOL_SIZE", "1", 1);
    const struct CMUnitTest tests[] = {
#define TEST(name) \
    cmocka_unit_test_setup_teardown(name, scratch_setup, scratch_teardown)
        TEST(without_our_bytes_nothing_is_deployed_3_2),
        TEST(without_our_bytes_nothing_is_deployed_4_1),
        TEST(with_our_bytes_the_same_lines_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
