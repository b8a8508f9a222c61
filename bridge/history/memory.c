#include "history/memory.h"

#include "base/alloc.h"

#include <git2.h>
#include <git2/sys/alloc.h>
#include <stdlib.h>
#include <string.h>

static void *take(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        return NULL;
    }
    void *memory = realloc(old, bytes == 0 ? 1 : bytes);
    if (memory == NULL && bytes <= HB_GIT_PIECE_MAX) {
        hb_out_of_memory();
    }
    return memory;
}

static void *git_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return take(NULL, 1, size);
}

static void *git_realloc(void *old, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return take(old, 1, size);
}

/* Until 1.7 there are more ways to ask. */
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
static void *git_mallocarray(size_t count, size_t size, const char *file,
                             int line)
{
    (void)file;
    (void)line;
    return take(NULL, count, size);
}

static void *git_reallocarray(void *old, size_t count, size_t size,
                              const char *file, int line)
{
    (void)file;
    (void)line;
    return take(old, count, size);
}

static void *git_calloc(size_t count, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *memory = calloc(count, size);
    if (memory == NULL && count <= HB_GIT_PIECE_MAX / (size == 0 ? 1 : size)) {
        hb_out_of_memory();
    }
    return memory;
}

static char *git_substrdup(const char *text, size_t len, const char *file,
                           int line)
{
    (void)file;
    (void)line;
    char *copy = len == SIZE_MAX ? NULL : take(NULL, 1, len + 1);
    if (copy != NULL) {
        memcpy(copy, text, len);
        copy[len] = '\0';
    }
    return copy;
}

static char *git_strndup(const char *text, size_t len, const char *file,
                         int line)
{
    return git_substrdup(text, strnlen(text, len), file, line);
}

static char *git_strdup(const char *text, const char *file, int line)
{
    return git_substrdup(text, strlen(text), file, line);
}
#endif

bool hb_git_memory(void)
{
    git_allocator allocator = {
        .gmalloc = git_malloc,
        .grealloc = git_realloc,
        .gfree = free,
#if LIBGIT2_VER_MAJOR == 1 && LIBGIT2_VER_MINOR < 7
        .gcalloc = git_calloc,
        .gmallocarray = git_mallocarray,
        .greallocarray = git_reallocarray,
        .gstrdup = git_strdup,
        .gstrndup = git_strndup,
        .gsubstrdup = git_substrdup,
#endif
    };
    return git_libgit2_opts(GIT_OPT_SET_ALLOCATOR, &allocator) == 0;
}
