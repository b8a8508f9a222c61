#include "session/session.h"

#include "base/alloc.h"
#include "wire/encode.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "session"
#include "base/log.h"

struct hb_session *hb_session_new(struct hb_listener *listener, struct lws *wsi)
{
    struct hb_session *session = hb_alloc(sizeof *session);
    session->listener = listener;
    session->wsi = wsi;
    session->incoming.max = HB_WIRE_MESSAGE_MAX;
    session->next = listener->sessions;
    listener->sessions = session;
    listener->session_count++;
    return session;
}

static void free_call(struct hb_session_call *call)
{
    call->listener->reads -= !call->of_pipeline;
    if (call->request != NULL) {
        hb_request_release(call->request);
        free(call->request);
    }
    free(call->rpc_id);
    free(call);
}

/* All that it holds is free at once, not only when its end comes. */
static void forget_messages(struct hb_session *session)
{
    while (session->first != NULL) {
        struct hb_outgoing *message = session->first;
        session->first = message->next;
        free(message);
    }
    session->last = NULL;
    hb_buffer_release(&session->incoming);
    hb_session_let_go(session, session->held);
}

void hb_session_free(struct hb_session *session)
{
    struct hb_listener *listener = session->listener;
    struct hb_session **at = &listener->sessions;
    while (*at != session) {
        at = &(*at)->next;
    }
    *at = session->next;
    listener->session_count--;
    while (session->calls != NULL) {
        struct hb_session_call *call = session->calls;
        session->calls = call->next;
        call->session = NULL;
        if (call->of_pipeline) {
            if (listener->pipeline != NULL) {
                hb_pipeline_forget(listener->pipeline, call);
            }
            free_call(call);
        }
    }
    forget_messages(session);
    free(session->client);
    free(session);
}

/* ---- what comes ------------------------------------------------------- */

static bool asks_history(enum hb_method method)
{
    return method == HB_METHOD_HISTORY_LIST ||
           method == HB_METHOD_HISTORY_SOURCE ||
           method == HB_METHOD_HISTORY_DIFF || method == HB_METHOD_HISTORY_LIVE;
}

void hb_session_take(struct hb_session *session, const char *bytes, size_t len)
{
    struct hb_request request = {0};
    struct hb_error err = {0};
    bool ok = hb_message_parse(bytes, len, &request, &err);
    if (request.notification) {
        LOG_DBG("a notification of a client is passed over");
        goto out;
    }
    if (ok && session->client == NULL &&
        (session->hello || request.method != HB_METHOD_INITIALIZE)) {
        ok = hb_error_set(&err, HB_EUNREADY,
                          "the first request of a connection is initialize");
    } else if (ok && session->client != NULL &&
               request.method == HB_METHOD_INITIALIZE) {
        ok = hb_error_set(&err, HB_EREQUEST,
                          "this connection is initialised already");
    } else if (ok && session->call_count >= HB_WIRE_REQUESTS_MAX) {
        ok = hb_error_set(&err, HB_EBUSY,
                          "%d requests of this client have no answer yet, the "
                          "most there may be: ask again when some have",
                          HB_WIRE_REQUESTS_MAX);
    } else if (ok && asks_history(request.method) &&
               session->listener->reads >= HB_WIRE_READS_MAX) {
        ok = hb_error_set(&err, HB_EBUSY,
                          "%d questions of all clients to the history have no "
                          "answer yet, the most there may be: ask again when "
                          "some have",
                          HB_WIRE_READS_MAX);
    } else if (ok && session->listener->pipeline == NULL) {
        ok = hb_error_set(&err, HB_ESTOPPING,
                          "the bridge is stopping: connect again");
    }
    if (ok) {
        hb_session_dispatch(session, &request);
    } else {
        char *text = hb_encode_error(request.rpc_id, &err);
        hb_session_send(session, text);
        free(text);
    }
out:
    hb_request_release(&request);
}

/* ---- what is held ----------------------------------------------------- */

static void cut_off(struct hb_session *session, const char *why)
{
    LOG_WARN("a client (%s) %s: cut off",
             session->client == NULL ? "?" : session->client, why);
    session->cut_off = true;
    forget_messages(session);
    lws_set_timeout(session->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
                    LWS_TO_KILL_ASYNC);
}

static struct hb_session *holds_most(const struct hb_listener *listener)
{
    struct hb_session *most = listener->sessions;
    for (struct hb_session *at = most; at != NULL; at = at->next) {
        if (at->held > most->held) {
            most = at;
        }
    }
    return most;
}

void hb_session_hold(struct hb_session *session, size_t len)
{
    struct hb_listener *listener = session->listener;
    session->held += len;
    listener->held += len;
    while (listener->held > HB_WIRE_HELD_MAX) {
        cut_off(holds_most(listener), "holds most of what all may hold");
    }
}

void hb_session_let_go(struct hb_session *session, size_t len)
{
    session->held -= len;
    session->listener->held -= len;
}

/* ---- what goes -------------------------------------------------------- */

void hb_session_send(struct hb_session *session, const char *text)
{
    size_t len = strlen(text);
    if (session->cut_off) {
        return;
    }
    if (session->outgoing + len > HB_WIRE_OUTBOX_MAX) {
        cut_off(session, "does not read what it is sent");
        return;
    }
    struct hb_outgoing *message = hb_alloc(sizeof *message + LWS_PRE + len);
    message->len = len;
    memcpy(message->bytes + LWS_PRE, text, len);
    if (session->last == NULL) {
        session->first = message;
    } else {
        session->last->next = message;
    }
    session->last = message;
    session->outgoing += len;
    lws_callback_on_writable(session->wsi);
    hb_session_hold(session, len);
}

static bool write_next(struct hb_session *session)
{
    struct hb_outgoing *message = session->first;
    session->first = message->next;
    if (session->first == NULL) {
        session->last = NULL;
    }
    session->leaving += message->len;
    int put = lws_write(session->wsi, message->bytes + LWS_PRE, message->len,
                        LWS_WRITE_TEXT);
    bool whole = put >= (int)message->len;
    free(message);
    return whole;
}

int hb_session_write(struct hb_session *session)
{
    if (session->cut_off) {
        return -1;
    }
    /* libwebsockets keeps what the socket does not take, and asks again when
     * that is written. */
    session->outgoing -= session->leaving;
    hb_session_let_go(session, session->leaving);
    session->leaving = 0;
    while (session->first != NULL &&
           (session->leaving == 0 || !lws_send_pipe_choked(session->wsi))) {
        if (!write_next(session)) {
            return -1;
        }
    }
    if (session->first != NULL || session->leaving > 0) {
        lws_callback_on_writable(session->wsi);
    } else if (session->goodbye != 0) {
        /* Returning -1 from here would end it without a close frame. */
        lws_set_timer_usecs(session->wsi, 1);
    }
    return 0;
}

/* ---- questions and answers -------------------------------------------- */

struct hb_session_call *hb_session_call_new(struct hb_session *session,
                                            const struct hb_request *request,
                                            bool of_pipeline)
{
    struct hb_session_call *call = hb_alloc(sizeof *call);
    call->session = session;
    call->rpc_id = hb_strdup(request->rpc_id);
    call->of_pipeline = of_pipeline;
    call->listener = session->listener;
    call->listener->reads += !of_pipeline;
    call->next = session->calls;
    session->calls = call;
    session->call_count++;
    return call;
}

void hb_session_answer(struct hb_session_call *call, const struct hb_error *err,
                       char *value)
{
    struct hb_session *session = call->session;
    if (session != NULL) {
        struct hb_session_call **at = &session->calls;
        while (*at != call) {
            at = &(*at)->next;
        }
        *at = call->next;
        session->call_count--;
        char *text = value != NULL ? hb_encode_result(call->rpc_id, value)
                                   : hb_encode_error(call->rpc_id, err);
        hb_session_send(session, text);
        free(text);
    }
    free(value);
    free_call(call);
}
