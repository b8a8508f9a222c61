/*
 * Python syntax, checked by a warm helper process: one for each Python
 * executable, started at the first check, killed when idle for a while or
 * when the checker is freed. The helper only compiles; it never imports.
 *
 * A helper that crashes, takes longer than HB_SYNTAX_SECONDS or more than
 * HB_SYNTAX_MEMORY is killed; that check answers SKIPPED and says why; the
 * next check starts another helper.
 *
 * Owns its processes and timers. Thread: loop.
 */
#ifndef HB_CHECK_SYNTAX_H
#define HB_CHECK_SYNTAX_H

#include "base/error.h"

#include <stddef.h>
#include <uv.h>

#define HB_SYNTAX_SECONDS 2
#define HB_SYNTAX_MEMORY (512ul * 1024 * 1024)

enum hb_syntax {
    HB_SYNTAX_GOOD,
    HB_SYNTAX_BAD,
    HB_SYNTAX_SKIPPED, /* no Python, or the helper failed: message says */
};

/* Borrowed by the callback, valid while it runs. */
struct hb_syntax_result {
    enum hb_syntax verdict;
    int line;            /* from 1; 0: absent */
    int column;          /* from 1, in code points; 0: absent */
    const char *message; /* "SyntaxError: expected ':'", or why skipped */
    const char *version; /* "3.10" of the Python that checked, or NULL */
};

struct hb_syntax_checker;

typedef void (*hb_syntax_fn)(void *user, const struct hb_syntax_result *result);

struct hb_syntax_checker *hb_syntax_checker_new(uv_loop_t *loop);

/* Answers what waits with SKIPPED, ends the helpers; the memory goes when the
 * loop has closed its handles. */
void hb_syntax_checker_free(struct hb_syntax_checker *checker);

/* Checks len bytes of module `name`. `python` is a server's own executable or
 * NULL; `version` the server's "3.10" or NULL. Without `python` it runs
 * pythonVERSION where that is on PATH, else python3. The bytes are copied.
 * `done` runs once, later, on the loop. */
void hb_syntax_check(struct hb_syntax_checker *checker, const char *python,
                     const char *version, const char *name, const char *bytes,
                     size_t len, hb_syntax_fn done, void *user);

#endif
