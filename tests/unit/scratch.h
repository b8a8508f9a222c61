/*
 * A private folder for one test, and files in it. Included once a program.
 */
#ifndef HB_TESTS_SCRATCH_H
#define HB_TESTS_SCRATCH_H

#include "base/alloc.h"
#include "base/paths.h"

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Cmocka's setup: *state is the folder's resolved path. */
static inline int scratch_setup(void **state)
{
    char name[] = "/tmp/hotbridge-test-XXXXXX";
    *state = mkdtemp(name) == NULL ? NULL : realpath(name, NULL);
    return *state == NULL ? -1 : 0;
}

static inline int scratch_remove(const char *path, const struct stat *st,
                                 int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static inline int scratch_teardown(void **state)
{
    nftw(*state, scratch_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

/* Writes a file below the folder, making what is missing on the way. The
 * path is freed by the caller. */
static inline char *scratch_write(const char *folder, const char *name,
                                  const char *text)
{
    char *path = hb_path_join(folder, name);
    char *end = strrchr(path, '/');
    *end = '\0';
    hb_path_make(path, 0755, NULL);
    *end = '/';
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) {
        abort();
    }
    return path;
}

__attribute__((noinline, unused)) static char *scratch_read(const char *folder,
                                                            const char *name)
{
    char *path = hb_path_join(folder, name);
    char *bytes = NULL;
    size_t len = 0;
    hb_file_read(path, 1u << 20, &bytes, &len, NULL);
    free(path);
    return bytes;
}

#endif
