/*
 * One client inside: what it has sent so far, what waits to be sent to it,
 * and the questions of its that have no answer yet. Private to
 * bridge/session.
 *
 * Owned by its connection: made when that is established, freed when it is
 * closed. Nothing that is called from here closes it; what must end is marked
 * and ends when libwebsockets calls next. Thread: loop.
 */
#ifndef HB_SESSION_SESSION_H
#define HB_SESSION_SESSION_H

#include "base/buffer.h"
#include "session/listener.h"
#include "session/quiet.h"
#include "session/room.h"
#include "wire/message.h"

#include <libwebsockets.h>

struct hb_session;

/* A question without an answer. */
struct hb_session_call {
    struct hb_session *session; /* NULL: the client has gone */
    struct hb_listener *listener;
    struct hb_session_call *next;
    char *rpc_id;
    struct hb_request *request; /* for those who need it at the end */
    bool of_pipeline;           /* hb_pipeline_forget() takes it back; the
                                 * history answers in any case */
};

struct hb_outgoing {
    struct hb_outgoing *next;
    size_t len;
    unsigned char bytes[]; /* LWS_PRE, then the text */
};

struct hb_session {
    struct hb_session *next;
    struct hb_listener *listener;
    struct lws *wsi;
    struct hb_buffer incoming;
    struct hb_outgoing *first;
    struct hb_outgoing *last;
    size_t outgoing; /* bytes waiting */
    size_t leaving;  /* of these, what libwebsockets has and writes */
    size_t held;     /* bytes that its messages take, either way */
    struct hb_session_call *calls;
    size_t call_count;
    char *client; /* "name/version"; NULL until initialised */
    bool hello;   /* initialize is being answered */
    int goodbye;  /* close with this code once all is sent; 0: stay */
    bool cut_off;
};

struct hb_session *hb_session_new(struct hb_listener *listener,
                                  struct lws *wsi);
void hb_session_free(struct hb_session *session);

/* A whole message has come. */
void hb_session_take(struct hb_session *session, const char *bytes, size_t len);

/* Counts bytes of a message that has not all come. Where all clients together
 * hold too much, those who hold most are cut off, maybe this one. */
void hb_session_hold(struct hb_session *session, size_t len);
void hb_session_let_go(struct hb_session *session, size_t len);

/* Queues text for the client; cuts it off when too much waits. */
void hb_session_send(struct hb_session *session, const char *text);

/* What libwebsockets asks for when it can write: -1 to close. */
int hb_session_write(struct hb_session *session);

/* methods.c: a request that is allowed now. */
void hb_session_dispatch(struct hb_session *session,
                         struct hb_request *request);

struct hb_session_call *hb_session_call_new(struct hb_session *session,
                                            const struct hb_request *request,
                                            bool of_pipeline);
/* Answers (value: JSON text, freed; NULL: err) and ends the call. */
void hb_session_answer(struct hb_session_call *call, const struct hb_error *err,
                       char *value);

struct hb_listener {
    struct hb_listener_options options;
    char *token;
    char *proof;
    struct lws_context *context;
    struct lws_vhost *vhost;
    int port;
    struct hb_pipeline *pipeline;
    struct hb_session *sessions;
    size_t session_count;
    size_t waiting; /* connections that have not come in yet */
    struct hb_room room;
    size_t held;    /* bytes, of all clients */
    size_t reads;   /* questions to the history, of all clients */
    uv_timer_t end; /* waits for goodbyes */
    struct hb_quiet quiet;
    bool closing;
};

#endif
