#include "history/ids.h"

#include "base/alloc.h"
#include "base/paths.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Enough for several merges. */
#define MANY (3 * HB_IDS_FRESH + 7)

struct box {
    char folder[32];
    char *path;
};

static int setup(void **state)
{
    struct box *box = hb_alloc(sizeof *box);
    strcpy(box->folder, "/tmp/hb-ids-XXXXXX");
    assert_non_null(mkdtemp(box->folder));
    box->path = hb_path_join(box->folder, "ids");
    *state = box;
    return 0;
}

static int teardown(void **state)
{
    struct box *box = *state;
    unlink(box->path);
    assert_int_equal(rmdir(box->folder), 0);
    free(box->path);
    free(box);
    return 0;
}

/* Spread evenly, as sums are. */
static uint64_t number(size_t i)
{
    return (i + 1) * 0x9E3779B97F4A7C15u;
}

static git_oid commit(size_t i)
{
    git_oid id = {{0}};
    memcpy(id.id, &i, sizeof i);
    return id;
}

static void put_many(struct hb_ids *ids, uint64_t *sum)
{
    for (size_t i = 0; i < MANY; i++) {
        git_oid id = commit(i);
        hb_ids_put(ids, number(i), &id);
        if (hb_ids_full(ids)) {
            assert_true(hb_ids_save(ids, sum, NULL));
            assert_false(hb_ids_full(ids));
        }
    }
    assert_true(hb_ids_save(ids, sum, NULL));
}

static void assert_all(const struct hb_ids *ids, size_t other)
{
    for (size_t i = 0; i < MANY; i++) {
        git_oid found;
        git_oid expected = commit(i == other ? MANY : i);
        assert_true(hb_ids_find(ids, number(i), &found));
        assert_true(git_oid_equal(&found, &expected));
    }
    git_oid found;
    assert_false(hb_ids_find(ids, number(MANY), &found));
    assert_false(hb_ids_find(ids, 1, &found));
    assert_false(hb_ids_find(ids, UINT64_MAX, &found));
}

static void many_are_found_in_memory_and_in_the_file(void **state)
{
    struct box *box = *state;
    struct hb_ids *ids = hb_ids_new(box->path);
    uint64_t sum = 0;
    git_oid newer = commit(MANY);
    put_many(ids, &sum);
    assert_all(ids, SIZE_MAX);
    hb_ids_put(ids, number(5), &newer);
    assert_all(ids, 5);
    assert_true(hb_ids_save(ids, &sum, NULL));
    assert_all(ids, 5);
    hb_ids_free(ids);
    ids = hb_ids_new(box->path);
    assert_true(hb_ids_load(ids, sum));
    assert_all(ids, 5);
    hb_ids_free(ids);
}

static void a_file_that_is_not_whole_is_not_taken(void **state)
{
    struct box *box = *state;
    struct hb_ids *ids = hb_ids_new(box->path);
    uint64_t sum = 0;
    char *bytes = NULL;
    size_t len = 0;
    git_oid found;
    put_many(ids, &sum);
    hb_ids_free(ids);
    assert_true(hb_file_read(box->path, 1u << 24, &bytes, &len, NULL));
    const size_t places[] = {0, 20, 28, 40, len / 2, len - 1};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        bytes[places[i]] ^= 1;
        assert_true(hb_file_replace(box->path, bytes, len, 0600, false, NULL));
        bytes[places[i]] ^= 1;
        ids = hb_ids_new(box->path);
        assert_false(hb_ids_load(ids, sum));
        assert_false(hb_ids_find(ids, number(0), &found));
        hb_ids_free(ids);
    }
    for (size_t cut = 0; cut < len; cut += len / 7) {
        assert_true(hb_file_replace(box->path, bytes, cut, 0600, false, NULL));
        ids = hb_ids_new(box->path);
        assert_false(hb_ids_load(ids, sum));
        hb_ids_free(ids);
    }
    free(bytes);
}

static void a_file_cut_under_us_is_not_replaced_by_less(void **state)
{
    struct box *box = *state;
    struct hb_ids *ids = hb_ids_new(box->path);
    uint64_t sum = 0;
    uint64_t other = 0;
    git_oid id = commit(1);
    put_many(ids, &sum);
    assert_int_equal(truncate(box->path, 100), 0);
    hb_ids_put(ids, number(MANY + 1), &id);
    assert_false(hb_ids_save(ids, &other, NULL));
    hb_ids_free(ids);
}

/* What is wrong in it must not get a new sum that says it is right. */
static void a_file_changed_under_us_is_not_taken_over(void **state)
{
    struct box *box = *state;
    struct hb_ids *ids = hb_ids_new(box->path);
    uint64_t sum = 0;
    struct hb_error err = {0};
    put_many(ids, &sum);
    assert_true(hb_ids_save(ids, &sum, &err));
    FILE *file = fopen(box->path, "r+");
    assert_non_null(file);
    assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
    int byte = fgetc(file);
    assert_int_equal(fseek(file, 4096, SEEK_SET), 0);
    assert_int_equal(fputc(byte ^ 1, file), byte ^ 1);
    assert_int_equal(fclose(file), 0);
    git_oid id = commit(1);
    hb_ids_put(ids, number(MANY + 1), &id);
    assert_false(hb_ids_save(ids, &sum, &err));
    hb_ids_free(ids);
    ids = hb_ids_new(box->path);
    assert_false(hb_ids_load(ids, sum));
    hb_ids_free(ids);
}

static void what_cannot_be_saved_takes_no_more_memory(void **state)
{
    struct box *box = *state;
    char *path = hb_path_join(box->folder, "missing/ids");
    struct hb_ids *ids = hb_ids_new(path);
    uint64_t sum = 0;
    for (size_t i = 0; i < MANY; i++) {
        git_oid id = commit(i);
        hb_ids_put(ids, number(i), &id);
    }
    assert_false(hb_ids_save(ids, &sum, NULL));
    /* Some are forgotten: no file says that all are there. */
    char *folder = hb_path_join(box->folder, "missing");
    assert_true(hb_path_make(folder, 0700, NULL));
    assert_false(hb_ids_save(ids, &sum, NULL));
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(rmdir(folder), 0);
    free(folder);
    hb_ids_free(ids);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            many_are_found_in_memory_and_in_the_file, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_is_not_whole_is_not_taken,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_file_changed_under_us_is_not_taken_over, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_file_cut_under_us_is_not_replaced_by_less, setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_cannot_be_saved_takes_no_more_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
