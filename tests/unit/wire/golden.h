/*
 * The messages of tests/wire, for the tests here. Paths are relative to the
 * root of the project, where the tests run.
 */
#ifndef TESTS_UNIT_WIRE_GOLDEN_H
#define TESTS_UNIT_WIRE_GOLDEN_H

#include "base/alloc.h"
#include "base/paths.h"

#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN_MAX (64u * 1024)

struct golden {
    const char *file; /* borrowed from the manifest */
    json_object *entry;
    char *bytes;
    size_t len;
};

static inline struct golden golden_read(json_object *entry)
{
    struct golden golden = {.entry = entry};
    golden.file = json_object_get_string(json_object_object_get(entry, "file"));
    char *path = hb_format("%s/wire/%s", TESTS_DIR, golden.file);
    struct hb_error err = {0};
    if (!hb_file_read(path, GOLDEN_MAX, &golden.bytes, &golden.len, &err)) {
        fail_msg("%s", err.message);
    }
    free(path);
    const char *dot = strrchr(golden.file, '.');
    if (strcmp(dot, ".json") == 0) {
        assert_int_equal(golden.bytes[golden.len - 1], '\n');
        golden.bytes[--golden.len] = '\0';
    }
    return golden;
}

/* Runs `check` on each message of a list of the manifest. */
static inline void golden_each(const char *list,
                               void (*check)(const struct golden *golden))
{
    json_object *manifest =
        json_object_from_file(TESTS_DIR "/wire/manifest.json");
    assert_non_null(manifest);
    json_object *entries = json_object_object_get(manifest, list);
    size_t count = json_object_array_length(entries);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct golden golden =
            golden_read(json_object_array_get_idx(entries, i));
        check(&golden);
        free(golden.bytes);
    }
    json_object_put(manifest);
}

/* A copy of exactly len bytes, so that a sanitizer sees every byte beyond. */
static inline char *golden_exact(const char *bytes, size_t len)
{
    char *copy = malloc(len == 0 ? 1 : len);
    assert_non_null(copy);
    memcpy(copy, bytes, len);
    return copy;
}

#endif
