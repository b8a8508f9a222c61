/*
 * One helper process: started, given one request at a time, killed when it
 * takes too long or answers anything but an answer.
 *
 *     process = hb_check_process_start(loop, python, &ops, user, &err);
 *     … ops->ready() …
 *     hb_check_process_send(process, id, name, bytes, len);
 *     … ops->answer(); then the next one may be sent …
 *     hb_check_process_end(process);
 *
 * After ops->ended() the process is gone and must not be used. The memory
 * goes by itself when the child was waited for; ops->closed() is the last
 * call. Thread: loop.
 */
#ifndef HB_CHECK_PROCESS_H
#define HB_CHECK_PROCESS_H

#include "check/syntax.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct hb_check_process;

struct hb_check_process_ops {
    /* It runs and waits for requests; version is borrowed. */
    void (*ready)(void *user, const char *version);
    /* Without a version; borrowed. */
    void (*answer)(void *user, const struct hb_syntax_result *result);
    /* It ended by itself or had to be killed: a sentence, borrowed. `usable`:
     * it was ready before, or was only too slow. */
    void (*ended)(void *user, bool usable, const char *why);
    /* The child is reaped and every handle closed. It gets `owner`, which
     * must outlive the process; `user` need not. */
    void (*closed)(void *owner);
};

/* NULL with err set when it cannot be started; then nothing is called but,
 * later, ops->closed(). */
struct hb_check_process *
hb_check_process_start(uv_loop_t *loop, const char *python,
                       const struct hb_check_process_ops *ops, void *user,
                       void *owner, struct hb_error *err);

/* Takes over bytes, which free() releases. */
void hb_check_process_send(struct hb_check_process *process, uint64_t id,
                           const char *name, char *bytes, size_t len);

/* Kills it; only ops->closed() is called from now on. NULL is fine. */
void hb_check_process_end(struct hb_check_process *process);

#endif
