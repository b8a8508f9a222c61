/*
 * The door: a WebSocket listener on loopback, port chosen by the kernel, that
 * lets in who has the token and comes from where it should (Host, no Origin),
 * and a session for each client inside.
 *
 * Owns the libwebsockets context and the sessions. Borrows the pipeline and
 * the history. Thread: loop.
 */
#ifndef HB_SESSION_LISTENER_H
#define HB_SESSION_LISTENER_H

#include "base/error.h"
#include "history/history.h"
#include "model/deploy.h"
#include "pipeline/pipeline.h"

#include <uv.h>

struct hb_listener;

struct hb_listener_options {
    uv_loop_t *loop;
    const char *token;   /* hex */
    const char *proof;   /* hex key, never sent */
    const char *version; /* of the bridge */
    struct hb_history *history;
};

struct hb_listener *hb_listener_new(const struct hb_listener_options *options,
                                    struct hb_error *err);
int hb_listener_port(const struct hb_listener *listener);

/* The pipeline comes later than the listener (it reports to it); requests are
 * answered with stopping before it is set and after it is set to NULL. */
void hb_listener_set_pipeline(struct hb_listener *listener,
                              struct hb_pipeline *pipeline);

/* To every initialised client (struct hb_pipeline_listener's functions; user
 * is the listener). */
void hb_listener_changed(void *listener, const struct hb_deploy *deploy);
void hb_listener_targets(void *listener);

/* Refuses new clients and says goodbye (1001) to those there are. Then run
 * the loop out and call hb_listener_free(). */
void hb_listener_end(struct hb_listener *listener);
void hb_listener_free(struct hb_listener *listener);

#endif
