#include "history/trees.h"

#include "bare.h"

#define ROUNDS 400
#define NAMES 12

static int setup(void **state)
{
    struct bare *bare = hb_alloc(sizeof *bare);
    bare_make(bare);
    /* What the entries name need not be there. */
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
    *state = bare;
    return 0;
}

static int teardown(void **state)
{
    bare_remove(*state);
    free(*state);
    return 0;
}

/* Names that git's order tells apart only by what follows them. */
static const char *const names[NAMES] = {
    "services",   "services.py", "services-a",  "service", "a",    "a.py",
    "services.d", "ab.py",       "\xC3\xA4.py", "B.py",    "_.py", "services0"};

static void an_entry_is_set_as_git_sets_it(void **state)
{
    struct bare *bare = *state;
    srand(1);
    for (int round = 0; round < ROUNDS; round++) {
        struct hb_buffer tree = {0};
        git_treebuilder *builder = NULL;
        assert_int_equal(git_treebuilder_new(&builder, bare->git, NULL), 0);
        for (int i = 0; i < 1 + rand() % (2 * NAMES); i++) {
            const char *name = names[rand() % NAMES];
            git_filemode_t mode =
                rand() % 3 == 0 ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB;
            git_oid id = {{(unsigned char)(1 + rand() % 200), 10, 0, 32}};
            assert_true(hb_trees_set(&tree, mode, name, &id));
            git_treebuilder_remove(builder, name);
            assert_int_equal(
                git_treebuilder_insert(NULL, builder, name, &id, mode), 0);
        }
        git_oid ours = {{0}};
        git_oid theirs;
        git_odb_hash(&ours, hb_buffer_text(&tree), tree.len, GIT_OBJECT_TREE);
        assert_int_equal(git_treebuilder_write(&theirs, builder), 0);
        assert_true(git_oid_equal(&ours, &theirs));
        git_treebuilder_free(builder);
        hb_buffer_release(&tree);
    }
}

/* Whatever is no tree stays as it is, however it is cut. */
static void what_is_no_tree_is_refused(void **state)
{
    (void)state;
    struct hb_buffer whole = {0};
    git_oid id = {{1, 0, ' '}};
    assert_true(hb_trees_set(&whole, GIT_FILEMODE_BLOB, "a.py", &id));
    size_t first = whole.len;
    assert_true(hb_trees_set(&whole, GIT_FILEMODE_BLOB, "b.py", &id));
    for (size_t len = 1; len < whole.len; len++) {
        struct hb_buffer cut = {0};
        assert_true(hb_buffer_add(&cut, whole.data, len));
        bool set = hb_trees_set(&cut, GIT_FILEMODE_BLOB, "c.py", &id);
        assert_int_equal(set, len == first);
        assert_int_equal(cut.len, set ? len + whole.len - first : len);
        hb_buffer_release(&cut);
    }
    hb_buffer_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry_is_set_as_git_sets_it),
        cmocka_unit_test(what_is_no_tree_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
