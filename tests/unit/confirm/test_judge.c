#include "confirm/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define OUR_MTIME 1700000001

enum copy { UNREADABLE, OURS, PARTIAL, FOREIGN, COPIES };

static const char *const copy_words[] = {"unreadable", "ours", "partial",
                                         "foreign"};
static const enum hb_bytecode bytecodes[] = {
    HB_BYTECODE_UNREADABLE, HB_BYTECODE_MATCHES, HB_BYTECODE_STALE};
static const int workers[] = {0, 1, 2, 3, 64};

struct row {
    enum copy copy;
    bool good;
    bool older_open;
    bool in_place;
    bool retried;
    bool our_mtime;
    enum hb_bytecode bytecode;
    int workers;
};

static enum hb_proof ask(const struct row *row, const char **why)
{
    static const int64_t mtimes[] = {OUR_MTIME - 7, OUR_MTIME};
    const struct hb_judge_question question = {
        .good = row->good,
        .older_open = row->older_open,
        .in_place = row->in_place,
        .retried = row->retried,
        .workers = row->workers,
        .mtimes = mtimes,
        .mtime_count = 2,
        .witness =
            {
                .readable = row->copy != UNREADABLE,
                .ours = row->copy == OURS,
                .partial = row->copy == PARTIAL,
                .mtime = row->our_mtime ? OUR_MTIME : OUR_MTIME + 1,
                .bytecode = row->bytecode,
            },
    };
    return hb_judge(&question, why);
}

/* docs/truth.md as a table, written down a second time in other words: what
 * may count is counted up, instead of excluded. */
static enum hb_proof wanted(const struct row *row)
{
    bool stale = row->good && row->bytecode == HB_BYTECODE_STALE;
    switch (row->copy) {
    case PARTIAL: return HB_PROOF_RETRY;
    case FOREIGN: return HB_PROOF_NONE;
    default: break;
    }
    if (stale && !row->in_place && row->workers != 1) {
        return HB_PROOF_RETRY;
    }
    if (stale) {
        return HB_PROOF_NONE;
    }
    if (!row->older_open && !row->retried) {
        return HB_PROOF_YES;
    }
    if (!row->older_open) {
        return HB_PROOF_SETTLE;
    }
    bool named = row->in_place ? row->our_mtime : true;
    return row->good && row->copy == OURS &&
                   row->bytecode == HB_BYTECODE_MATCHES && named
               ? HB_PROOF_SETTLE
               : HB_PROOF_NONE;
}

static size_t each(void (*look)(const struct row *row))
{
    size_t count = 0;
    for (unsigned bits = 0; bits < 32; bits++) {
        for (int copy = 0; copy < COPIES; copy++) {
            for (size_t b = 0; b < 3; b++) {
                for (size_t w = 0; w < 5; w++) {
                    const struct row row = {
                        .copy = (enum copy)copy,
                        .good = bits & 1,
                        .older_open = bits & 2,
                        .in_place = bits & 4,
                        .retried = bits & 8,
                        .our_mtime = bits & 16,
                        .bytecode = bytecodes[b],
                        .workers = workers[w],
                    };
                    look(&row);
                    count++;
                }
            }
        }
    }
    return count;
}

static void compare(const struct row *row)
{
    const char *why;
    enum hb_proof proof = ask(row, &why);
    if (proof != wanted(row)) {
        fail_msg("copy %s, good %d, older %d, in place %d, retried %d, our "
                 "mtime %d, bytecode %d, workers %d: %d instead of %d",
                 copy_words[row->copy], row->good, row->older_open,
                 row->in_place, row->retried, row->our_mtime,
                 (int)row->bytecode, row->workers, (int)proof,
                 (int)wanted(row));
    }
}

static void the_whole_table(void **state)
{
    (void)state;
    assert_int_equal(each(compare), 32 * 4 * 3 * 5);
}

static void never_unsafe(const struct row *row)
{
    const char *why;
    enum hb_proof proof = ask(row, &why);
    if (proof == HB_PROOF_YES || proof == HB_PROOF_SETTLE) {
        assert_true(row->copy == OURS || row->copy == UNREADABLE);
        assert_false(row->good && row->bytecode == HB_BYTECODE_STALE);
    }
    if (proof == HB_PROOF_YES) {
        assert_false(row->older_open);
        assert_false(row->retried);
    }
    if (row->older_open && !row->good) {
        assert_true(proof == HB_PROOF_NONE || proof == HB_PROOF_RETRY);
    }
    /* What proves nothing says why, in a sentence; what proves does not. */
    assert_int_equal(proof == HB_PROOF_NONE, why != NULL);
    assert_true(why == NULL || strlen(why) > 20);
}

static void no_row_is_too_trusting(void **state)
{
    (void)state;
    each(never_unsafe);
}

static void without_mtimes_nothing_in_place_is_named(void **state)
{
    const char *why;
    const struct hb_judge_question question = {
        .good = true,
        .older_open = true,
        .in_place = true,
        .workers = 1,
        .witness = {.readable = true,
                    .ours = true,
                    .bytecode = HB_BYTECODE_MATCHES},
    };
    (void)state;
    assert_int_equal(hb_judge(&question, &why), HB_PROOF_NONE);
}

/* When the line was written, when copy and bytecode came: each before, at and
 * after the others. */
static void a_line_is_younger_than_what_it_speaks_of(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 3 * 3 * 4 * 4 * 2 * 2; bits++) {
        unsigned rest = bits;
        int64_t from = 10 + rest % 3;
        rest /= 3;
        int64_t to = from + rest % 3;
        rest /= 3;
        int64_t copied = 9 + rest % 4 * 2;
        rest /= 4;
        int64_t compiled = copied + rest % 4;
        rest /= 4;
        bool good = rest % 2;
        int count = rest / 2 % 2 ? 2 : 1;
        const struct hb_judge_question question = {
            .good = good,
            .workers = count,
            .written = {.device = 1, .not_before = from, .not_after = to},
            .witness = {.readable = true,
                        .ours = true,
                        .bytecode = HB_BYTECODE_MATCHES,
                        .device = 1,
                        .copied = copied,
                        .compiled = compiled},
        };
        const char *why;
        enum hb_proof proof = hb_judge(&question, &why);
        if (compiled > to) {
            assert_int_equal(proof,
                             count == 1 ? HB_PROOF_NONE : HB_PROOF_SETTLE);
        } else if (compiled > from) {
            assert_int_equal(proof, HB_PROOF_SETTLE);
        } else if (compiled == from && compiled > copied && good) {
            assert_int_equal(proof, HB_PROOF_TICK);
        } else {
            assert_int_equal(proof, HB_PROOF_YES);
        }
    }
}

/* Times of another file system's clock are not compared. */
static void another_clock_says_nothing(void **state)
{
    const char *why;
    const struct hb_judge_question question = {
        .good = true,
        .workers = 1,
        .written = {.device = 1, .not_before = 5, .not_after = 5},
        .witness = {.readable = true, .ours = true, .device = 2, .copied = 9},
    };
    (void)state;
    assert_int_equal(hb_judge(&question, &why), HB_PROOF_YES);
}

/* A copy that can not be read at all is no second witness: with no older
 * change open the line alone has to do. */
static void each_reason_is_its_own(void **state)
{
    struct row row = {.copy = FOREIGN, .good = true, .workers = 1};
    const char *foreign;
    const char *stale;
    const char *older;
    (void)state;
    ask(&row, &foreign);
    row.copy = OURS;
    row.bytecode = HB_BYTECODE_STALE;
    ask(&row, &stale);
    row.bytecode = HB_BYTECODE_UNREADABLE;
    row.older_open = true;
    ask(&row, &older);
    assert_non_null(strstr(foreign, "another version"));
    assert_non_null(strstr(stale, "bytecode"));
    assert_non_null(strstr(older, "earlier change"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_table),
        cmocka_unit_test(no_row_is_too_trusting),
        cmocka_unit_test(without_mtimes_nothing_in_place_is_named),
        cmocka_unit_test(a_line_is_younger_than_what_it_speaks_of),
        cmocka_unit_test(another_clock_says_nothing),
        cmocka_unit_test(each_reason_is_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
