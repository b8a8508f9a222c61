/*
 * What each server really did: follows every server's own log from where it
 * stood before delivery and turns its lines, the server's own copy and its
 * bytecode into a state per server. docs/zato.md says what the lines mean,
 * docs/truth.md what counts as proof.
 *
 * Calling sequence for one deploy:
 *     watch = hb_watch_new(confirm, &spec, &ops, user);   before delivery
 *     hb_watch_delivered(watch, server, mtime);  for each that got the file,
 *                                                right before it is put there
 *     hb_watch_start(watch);                     all are delivered: the clocks
 *     … ops->nudge(), ops->changed() …
 *     ops->done()                                the outcome is known
 *     … ops->late() for up to 24 h …
 *     hb_watch_free(watch)                       any time
 *
 * Owns followers, timers and watches. Thread: loop; reads files in jobs.
 */
#ifndef HB_CONFIRM_CONFIRM_H
#define HB_CONFIRM_CONFIRM_H

#include "history/history.h"
#include "model/deploy.h"
#include "model/target.h"

#include <uv.h>

/* Seconds a running server may say nothing before its file is touched again. */
#define HB_CONFIRM_NUDGE 4.0
/* Seconds more that it gets when a newer save of the module waits. */
#define HB_CONFIRM_YIELD 2.0
/* Python takes old bytecode for a module's own within one second: after that
 * it is touched, so that the module is compiled anew; so many times. */
#define HB_CONFIRM_STALE 1.0
#define HB_CONFIRM_STALE_MAX 2
/* Seconds at most that a server found silent is waited for, until it speaks
 * again. */
#define HB_CONFIRM_SILENT 5.0
/* Seconds that late words are listened for. */
#define HB_CONFIRM_LATE (24.0 * 3600)

struct hb_confirm;
struct hb_watch;

struct hb_watch_spec {
    const struct hb_target *target; /* probed; copied */
    const struct hb_deploy *deploy; /* its id, module, document; copied */
    const char *bytes;              /* copied */
    size_t len;
    const struct hb_log_mark *marks; /* where to start reading; a server
                                        without one: from the log's end now */
    size_t mark_count;
    double timeout; /* seconds from hb_watch_start() to the deadline */
};

struct hb_watch_ops {
    /* Touch this server's file once more, then call hb_watch_nudged(). */
    void (*nudge)(void *user, struct hb_watch *watch, size_t server);
    /* A server's state has changed. */
    void (*changed)(void *user, struct hb_watch *watch);
    /* Once: every server has its state, or the deadline has passed. */
    void (*done)(void *user, struct hb_watch *watch, enum hb_outcome outcome);
    /* After done: a server's state has changed. */
    void (*late)(void *user, struct hb_watch *watch);
};

struct hb_confirm *hb_confirm_new(uv_loop_t *loop);

/* Frees its watches too. The memory goes when the loop has closed the
 * handles; run it out. */
void hb_confirm_free(struct hb_confirm *confirm);

/* Reads a log's inode and size now. Blocking; any thread (hb_mark_fn). */
bool hb_confirm_mark(const char *log, uint64_t *inode, uint64_t *offset);

struct hb_watch *hb_watch_new(struct hb_confirm *confirm,
                              const struct hb_watch_spec *spec,
                              const struct hb_watch_ops *ops, void *user);
void hb_watch_delivered(struct hb_watch *watch, size_t server, int64_t mtime);
/* The server could not be written to: `why` is its message. */
void hb_watch_undelivered(struct hb_watch *watch, size_t server,
                          const char *why);
void hb_watch_start(struct hb_watch *watch);
void hb_watch_nudged(struct hb_watch *watch, size_t server, int64_t mtime);

/* For a deploy of an earlier bridge that has its outcome already: only late
 * words are listened for; ops->done is never called. */
void hb_watch_start_late(struct hb_watch *watch);

/* A newer save of the same module waits for this one: see HB_CONFIRM_YIELD. */
void hb_watch_hurry(struct hb_watch *watch);

/* Copies server states, services, seconds, messages, diagnostics and warnings
 * into the deploy (replacing the servers and diagnostics it has), and sets
 * `live`. */
void hb_watch_report(const struct hb_watch *watch, struct hb_deploy *deploy);

/* Monotonic seconds of the last line that spoke of the module on this target,
 * or of its last delivery: 4.x needs a pause after it. 0: never. */
double hb_confirm_last_word(const struct hb_confirm *confirm,
                            const char *target, const char *module);

/* Somebody else's change of the module was seen on the server: one more
 * trigger that may be answered. */
void hb_confirm_foreign(struct hb_confirm *confirm, const char *target,
                        const char *server, const char *module);

void hb_watch_free(struct hb_watch *watch);

#endif
