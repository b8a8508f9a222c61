#include "history/objects.h"

#include "bare.h"
#include "base/paths.h"

#include <sys/stat.h>
#include <unistd.h>

/* Longer than a look at the beginning of an object, and not all alike. */
#define LENGTH 3000

struct box {
    struct bare bare;
    char text[LENGTH];
    git_oid id;
    char *path; /* of the object's file */
    char *bytes;
    size_t len;
};

static int setup(void **state)
{
    struct box *box = hb_alloc(sizeof *box);
    char name[GIT_OID_HEXSZ + 1];
    bare_make(&box->bare);
    for (size_t i = 0; i < LENGTH; i++) {
        box->text[i] = (char)('a' + i * i % 23);
    }
    assert_int_equal(git_odb_write(&box->id, box->bare.odb, box->text, LENGTH,
                                   GIT_OBJECT_BLOB),
                     0);
    git_oid_tostr(name, sizeof name, &box->id);
    box->path =
        hb_format("%s/objects/%.2s/%s", box->bare.folder, name, name + 2);
    assert_true(
        hb_file_read(box->path, 1u << 20, &box->bytes, &box->len, NULL));
    *state = box;
    return 0;
}

static int teardown(void **state)
{
    struct box *box = *state;
    bare_remove(&box->bare);
    free(box->bytes);
    free(box->path);
    free(box);
    return 0;
}

static void put(struct box *box, size_t len)
{
    assert_true(hb_file_replace(box->path, box->bytes, len, 0600, false, NULL));
}

/* True when it reads, and then as what it was. */
static bool reads(struct box *box)
{
    git_odb_object *object = NULL;
    if (git_odb_read(&object, box->bare.odb, &box->id) != 0) {
        return false;
    }
    assert_int_equal(git_odb_object_size(object), LENGTH);
    assert_memory_equal(git_odb_object_data(object), box->text, LENGTH);
    git_odb_object_free(object);
    return true;
}

static void a_whole_one_is_read(void **state)
{
    struct box *box = *state;
    git_odb_object *object = NULL;
    size_t len;
    git_object_t type;
    assert_true(reads(box));
    assert_int_equal(git_odb_read_header(&len, &type, box->bare.odb, &box->id),
                     0);
    assert_int_equal(len, LENGTH);
    assert_int_equal(type, GIT_OBJECT_BLOB);
    assert_int_equal(git_odb_read_prefix(&object, box->bare.odb, &box->id, 8),
                     0);
    git_odb_object_free(object);
}

/* libgit2's own reader never comes back from some of these. */
static void one_that_is_cut_anywhere_is_refused(void **state)
{
    struct box *box = *state;
    git_odb_object *object = NULL;
    for (size_t len = 0; len < box->len; len++) {
        put(box, len);
        assert_false(reads(box));
        assert_int_not_equal(
            git_odb_read_prefix(&object, box->bare.odb, &box->id, 8), 0);
    }
}

static void one_with_a_bit_changed_is_refused_or_the_same(void **state)
{
    struct box *box = *state;
    size_t refused = 0;
    for (size_t i = 0; i < box->len; i++) {
        box->bytes[i] ^= 0x10;
        put(box, box->len);
        refused += !reads(box);
        box->bytes[i] ^= 0x10;
    }
    assert_true(refused > box->len - 8);
}

static void zeroes_are_refused(void **state)
{
    struct box *box = *state;
    memset(box->bytes, 0, box->len);
    put(box, box->len);
    assert_false(reads(box));
    assert_int_equal(unlink(box->path), 0);
    assert_int_equal(mkdir(box->path, 0700), 0);
    assert_false(reads(box));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(a_whole_one_is_read),
        CASE(one_that_is_cut_anywhere_is_refused),
        CASE(one_with_a_bit_changed_is_refused_or_the_same),
        CASE(zeroes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
