/*
 * A bare repository in a folder of its own, read as the bridge reads it.
 */
#ifndef TESTS_UNIT_HISTORY_BARE_H
#define TESTS_UNIT_HISTORY_BARE_H

#include "base/alloc.h"
#include "history/objects.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <git2.h>

struct bare {
    char folder[32];
    git_repository *git;
    git_odb *odb;
};

static inline void bare_make(struct bare *bare)
{
    git_repository *made = NULL;
    git_libgit2_init();
    strcpy(bare->folder, "/tmp/hb-history-XXXXXX");
    assert_non_null(mkdtemp(bare->folder));
    assert_int_equal(git_repository_init(&made, bare->folder, 1), 0);
    git_repository_free(made);
    assert_int_equal(hb_objects_open(&bare->git, bare->folder, false), 0);
    assert_int_equal(git_repository_odb(&bare->odb, bare->git), 0);
}

static inline void bare_remove(struct bare *bare)
{
    git_odb_free(bare->odb);
    git_repository_free(bare->git);
    char *command = hb_format("rm -rf '%s'", bare->folder);
    assert_int_equal(system(command), 0);
    free(command);
    git_libgit2_shutdown();
}

#endif
