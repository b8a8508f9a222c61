/*
 * git as a program, for what libgit2 does not do. Nothing needs it to be
 * there. Thread: any.
 */
#ifndef HB_HISTORY_RUN_GIT_H
#define HB_HISTORY_RUN_GIT_H

#include <stdbool.h>

/* The environment without what would turn git to another repository; each
 * string and the list are the caller's. */
char **hb_git_environment(void);
void hb_git_free_environment(char **environment);

/* Runs it in the repository, its input from a file (NULL: none), and waits.
 * True when it ends with 0. Its errors are not shown. Blocking. */
bool hb_git_run(const char *repository, const char *input,
                const char *const *arguments);

#endif
