#include "cli/words.h"

#include "cli/source.h"
#include "cli/submit.h"
#include "cli/suggest.h"
#include "cli/table.h"

#include "../scratch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <git2.h>

static void the_nearest_word_is_meant(void **state)
{
    static const char *const words[] = {"cancel",  "deploy", "diff",   "doctor",
                                        "history", "start",  "status", "stop"};
    static const struct {
        const char *typed;
        const char *meant;
    } cases[] = {
        {"hsitory", "history"},
        {"deplyo", "deploy"},
        {"stats", "status"},
        {"his", "history"},
        {"dif", "diff"},
        {"deploi", "deploy"},
        {"banana", NULL},
        {"", NULL},
        {"x", NULL},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *near = hb_suggest_nearest(cases[i].typed, words,
                                              sizeof words / sizeof *words);
        if (cases[i].meant == NULL) {
            assert_null(near);
        } else {
            assert_non_null(near);
            assert_string_equal(near, cases[i].meant);
        }
    }
    assert_int_equal(hb_suggest_distance("ab", "ba"), 1);
    assert_int_equal(hb_suggest_distance("kitten", "sitting"), 3);
    assert_int_equal(hb_suggest_distance("", "abc"), 3);
}

static void a_module_is_a_file_name(void **state)
{
    static const char *const cases[][2] = {
        {"crm", "crm.py"},     {"crm.py", "crm.py"}, {"./a/crm.py", "crm.py"},
        {"src/crm", "crm.py"}, {".py", ".py"},       {"py", "py.py"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *module = hb_words_module(cases[i][0]);
        assert_string_equal(module, cases[i][1]);
        free(module);
    }
}

static void a_commit_is_hex(void **state)
{
    (void)state;
    assert_true(hb_words_commit("a1b2", NULL));
    assert_true(
        hb_words_commit("A1B2C3D4E5F60718293A4B5C6D7E8F9001122334", NULL));
    assert_false(hb_words_commit("a1b", NULL));
    assert_false(
        hb_words_commit("a1b2c3d4e5f60718293a4b5c6d7e8f90011223344", NULL));
    assert_false(hb_words_commit("a1b2x", NULL));
    assert_false(hb_words_commit("", NULL));
}

static void several_files_end_with_the_worst(void **state)
{
    static const int order[] = {1, 4, 5, 6, 3, 7, 2, 8, 0};
    (void)state;
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        for (size_t j = i; j < sizeof order / sizeof *order; j++) {
            assert_int_equal(hb_submit_worst(order[i], order[j]), order[i]);
            assert_int_equal(hb_submit_worst(order[j], order[i]), order[i]);
        }
    }
}

static void a_table_fits(void **state)
{
    (void)state;
    struct hb_table table = {.columns = 3};
    hb_table_add(&table, HB_PLAIN, "a");
    hb_table_add(&table, HB_PLAIN, "");
    hb_table_add(&table, HB_PLAIN, "a long sentence that is cut");
    hb_table_add(&table, HB_PLAIN, "→→→");
    hb_table_add(&table, HB_PLAIN, NULL);
    hb_table_add(&table, HB_PLAIN, "b\nc");
    char *text = hb_table_text(&table, 22, false);
    assert_string_equal(text, "a    a long sentence …\n→→→  b c\n");
    free(text);
    text = hb_table_text(&table, 0, false);
    assert_string_equal(text, "a    a long sentence that is cut\n→→→  b c\n");
    free(text);
    hb_table_release(&table);
}

static enum hb_code read_code(const char *path, struct hb_source *source)
{
    struct hb_error err = {0};
    bool ok = hb_source_read(path, source, &err);
    assert_int_equal(ok, err.code == HB_OK);
    return err.code;
}

static void bytes_are_read_as_they_are(void **state)
{
    struct hb_source source;
    char *path = scratch_write(*state, "crm.py", "\xEF\xBB\xBFx = 'ä'\r\n");
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_string_equal(source.bytes, "\xEF\xBB\xBFx = 'ä'\r\n");
    assert_string_equal(source.module, "crm.py");
    assert_string_equal(source.path, path);
    assert_null(source.vcs_commit);
    hb_source_release(&source);
    /* From within its folder, and through a link to it. */
    char *link = hb_path_join(*state, "link.py");
    assert_int_equal(symlink("crm.py", link), 0);
    assert_int_equal(chdir(*state), 0);
    assert_int_equal(read_code("link.py", &source), HB_OK);
    assert_string_equal(source.path, link);
    hb_source_release(&source);
    assert_int_equal(read_code("./crm.py", &source), HB_OK);
    assert_string_equal(source.path, path);
    hb_source_release(&source);
    free(link);
    free(path);
}

static void what_is_no_module_is_refused(void **state)
{
    struct hb_source source;
    char *path = scratch_write(*state, "latin.py", "x = '\xE4'\n");
    assert_int_equal(read_code(path, &source), HB_EMODULE);
    assert_string_equal(source.module, "latin.py");
    hb_source_release(&source);
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, "a\0b", 3), 3);
    assert_int_equal(read_code(path, &source), HB_EMODULE);
    hb_source_release(&source);
    assert_int_equal(ftruncate(fd, 64 << 20), 0);
    assert_int_equal(read_code(path, &source), HB_EMODULE);
    hb_source_release(&source);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_int_equal(source.len, 0);
    hb_source_release(&source);
    close(fd);
    free(path);
    char *fifo = hb_path_join(*state, "fifo.py");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(read_code(fifo, &source), HB_EUSAGE);
    hb_source_release(&source);
    free(fifo);
    assert_int_equal(read_code(*state, &source), HB_EUSAGE);
    hb_source_release(&source);
    assert_int_equal(read_code("/nowhere/x.py", &source), HB_EUSAGE);
    hb_source_release(&source);
    assert_int_equal(read_code("/", &source), HB_EUSAGE);
    hb_source_release(&source);
    assert_int_equal(read_code("", &source), HB_EUSAGE);
    hb_source_release(&source);
}

/* A commit of all that is in the folder's repository. */
static void commit_all(git_repository *repo)
{
    git_index *index;
    git_oid tree_id, commit_id;
    git_tree *tree;
    git_signature *ann;
    assert_int_equal(git_repository_index(&index, repo), 0);
    assert_int_equal(git_index_add_all(index, NULL, 0, NULL, NULL), 0);
    assert_int_equal(git_index_write(index), 0);
    assert_int_equal(git_index_write_tree(&tree_id, index), 0);
    assert_int_equal(git_tree_lookup(&tree, repo, &tree_id), 0);
    assert_int_equal(git_signature_now(&ann, "Ann", "ann@example.org"), 0);
    assert_int_equal(git_commit_create(&commit_id, repo, "HEAD", ann, ann, NULL,
                                       "all", tree, 0, NULL),
                     0);
    git_signature_free(ann);
    git_tree_free(tree);
    git_index_free(index);
}

static void its_repository_is_asked(void **state)
{
    struct hb_source source;
    git_repository *repo;
    char *folder = hb_path_join(*state, "project");
    git_libgit2_init();
    assert_int_equal(git_repository_init(&repo, folder, 0), 0);
    char *path = scratch_write(*state, "project/src/crm.py", "x = 1\n");
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_null(source.vcs_commit); /* nothing is committed yet */
    hb_source_release(&source);
    commit_all(repo);
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_int_equal(strlen(source.vcs_commit), 40);
    assert_non_null(source.vcs_branch);
    assert_int_equal(source.vcs_dirty, HB_NO);
    hb_source_release(&source);
    free(scratch_write(*state, "project/src/crm.py", "x = 22\n"));
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_int_equal(source.vcs_dirty, HB_YES);
    hb_source_release(&source);
    /* HEAD on no branch. */
    assert_int_equal(git_repository_detach_head(repo), 0);
    assert_int_equal(read_code(path, &source), HB_OK);
    assert_null(source.vcs_branch);
    hb_source_release(&source);
    git_repository_free(repo);
    git_libgit2_shutdown();
    free(path);
    free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nearest_word_is_meant),
        cmocka_unit_test(a_module_is_a_file_name),
        cmocka_unit_test(a_commit_is_hex),
        cmocka_unit_test(several_files_end_with_the_worst),
        cmocka_unit_test(a_table_fits),
        cmocka_unit_test_setup_teardown(bytes_are_read_as_they_are,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(what_is_no_module_is_refused,
                                        scratch_setup, scratch_teardown),
        cmocka_unit_test_setup_teardown(its_repository_is_asked, scratch_setup,
                                        scratch_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
