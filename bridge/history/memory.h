/*
 * What libgit2 does when memory is out: it ends, as base/alloc.h does. Left to
 * itself it returns half made objects, or calls itself without end for the
 * memory of the error to tell (before 1.7), and crashes.
 */
#ifndef HB_HISTORY_MEMORY_H
#define HB_HISTORY_MEMORY_H

#include <stdbool.h>

/* A larger piece may be asked for because of a damaged file, so that one may
 * fail, and is told as the file's error. In bytes; no module, nor anything
 * made of one, is as large. */
#define HB_GIT_PIECE_MAX (64u * 1024 * 1024)

/* Once, before git_libgit2_init() and before there are threads. */
bool hb_git_memory(void);

#endif
