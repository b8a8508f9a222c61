#include "session/listener.h"

#include "base/alloc.h"
#include "session/assemble.h"
#include "session/gate.h"
#include "session/room.h"
#include "session/session.h"
#include "wire/encode.h"
#include "wire/limits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define LOG_MODULE "listener"
#include "base/log.h"

/* Longest header that is looked at, in bytes. */
#define HEADER_MAX 512
/* Seconds that libwebsockets waits for a peer, and counts twice for some. What
 * it never gives up, such as a CONNECT, ends by our own timer. */
#define PEER_SECONDS 5
/* How long an answer to our close frame is waited for, in microseconds. */
#define CLOSE_WAIT (LWS_USEC_PER_SEC / 2)
/* Seconds without a word after which a client is asked whether it is there,
 * and after which it is given up. */
#define PING_SECONDS 30
#define HANGUP_SECONDS 45
/* How long goodbyes may take, in ms. */
#define GOODBYE_MS 1000

static struct hb_listener *listener_of(struct lws *wsi)
{
    return lws_context_user(lws_get_context(wsi));
}

/* ---- the door --------------------------------------------------------- */

/* The header's value in space, or NULL when it is not there. One that is too
 * long, or empty, or holds a NUL, comes back as text that matches nothing. */
static const char *header(struct lws *wsi, enum lws_token_indexes name,
                          char space[HEADER_MAX])
{
    /* Only this call tells an empty header from none. */
    if (lws_hdr_copy_fragment(wsi, space, HEADER_MAX, name, 0) < 0 &&
        lws_hdr_total_length(wsi, name) == 0) {
        return NULL;
    }
    int len = lws_hdr_copy(wsi, space, HEADER_MAX, name);
    if (len < 0 || strlen(space) != (size_t)len) {
        strcpy(space, "?");
    }
    return space;
}

/* Nonzero closes a connection before a byte of it is read. */
static int knock(const struct hb_listener *listener,
                 const struct lws_filter_network_conn_args *peer)
{
    return listener->closing || listener->waiting >= listener->room.waiting ||
           !hb_room_allows((int)peer->accept_fd);
}

static int step_up(struct hb_listener *listener, struct lws *wsi)
{
    lws_set_opaque_user_data(wsi, listener);
    listener->waiting++;
    lws_set_timer_usecs(wsi, HB_WIRE_INITIALIZE_SECONDS * LWS_USEC_PER_SEC);
    return 0;
}

/* It came in, or has gone. */
static int step_away(struct hb_listener *listener, struct lws *wsi)
{
    if (lws_get_opaque_user_data(wsi) != NULL) {
        lws_set_opaque_user_data(wsi, NULL);
        listener->waiting--;
    }
    return 0;
}

/* 0 lets the upgrade go on; 1 when it was refused here. `to` is the protocol
 * that is asked for: libwebsockets would speak HTTP/2 as well. */
static int confirm_upgrade(struct lws *wsi, const char *to)
{
    struct hb_listener *listener = listener_of(wsi);
    char target[HEADER_MAX];
    char version[HEADER_MAX];
    char host[HEADER_MAX];
    char origin[HEADER_MAX];
    char authorization[HEADER_MAX];
    char subprotocol[HEADER_MAX];
    struct hb_gate_request request = {
        .target = header(wsi, WSI_TOKEN_GET_URI, target),
        .version = header(wsi, WSI_TOKEN_HTTP, version),
        .host = header(wsi, WSI_TOKEN_HOST, host),
        .origin = header(wsi, WSI_TOKEN_ORIGIN, origin),
        .authorization =
            header(wsi, WSI_TOKEN_HTTP_AUTHORIZATION, authorization),
        .subprotocol = header(wsi, WSI_TOKEN_PROTOCOL, subprotocol),
    };
    int status = hb_gate_check(&request, listener->port, listener->token);
    if (status == 0 && strcasecmp(to, "websocket") != 0) {
        status = HTTP_STATUS_BAD_REQUEST;
    }
    if (status == 0 && (listener->closing ||
                        listener->session_count >= listener->room.clients)) {
        status = HTTP_STATUS_SERVICE_UNAVAILABLE;
    }
    if (status == 0) {
        return 0;
    }
    LOG_INFO("a connection was refused (%d)", status);
    lws_return_http_status(wsi, (unsigned)status, NULL);
    return 1;
}

static int no_pages(struct lws *wsi)
{
    lws_return_http_status(wsi, HTTP_STATUS_NOT_FOUND, NULL);
    return -1;
}

static int on_http(struct lws *wsi, enum lws_callback_reasons reason,
                   void *user, void *in, size_t len)
{
    switch (reason) {
    case LWS_CALLBACK_FILTER_NETWORK_CONNECTION:
        return knock(listener_of(wsi), user);
    case LWS_CALLBACK_SERVER_NEW_CLIENT_INSTANTIATED:
        return step_up(listener_of(wsi), wsi);
    case LWS_CALLBACK_WSI_DESTROY: return step_away(listener_of(wsi), wsi);
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE: return confirm_upgrade(wsi, in);
    case LWS_CALLBACK_HTTP: return no_pages(wsi);
    case LWS_CALLBACK_TIMER: return -1;
    /* What lws would otherwise do for plain HTTP is not wanted. */
    case LWS_CALLBACK_ESTABLISHED: return -1;
    default: return lws_callback_http_dummy(wsi, reason, user, in, len);
    }
}

/* ---- inside ----------------------------------------------------------- */

static int close_with(struct lws *wsi, enum lws_close_status code)
{
    lws_close_reason(wsi, code, NULL, 0);
    return -1;
}

static int receive(struct hb_session *session, const char *bytes, size_t len)
{
    struct lws *wsi = session->wsi;
    if (session->cut_off || session->goodbye != 0) {
        return 0;
    }
    const struct hb_piece piece = {
        .bytes = bytes,
        .len = len,
        .left = lws_remaining_packet_payload(wsi),
        .last = lws_is_final_fragment(wsi),
        .binary = lws_frame_is_binary(wsi),
    };
    lws_validity_confirmed(wsi); /* by itself it asks for pongs alone */
    struct hb_buffer message = {0};
    int result = 0;
    switch (hb_assemble(&session->incoming, &piece, &message)) {
    case HB_ASSEMBLED_PART: hb_session_hold(session, len); break;
    case HB_ASSEMBLED_WHOLE:
        hb_session_let_go(session, message.len - len);
        hb_session_take(session, hb_buffer_text(&message), message.len);
        break;
    case HB_ASSEMBLED_BINARY:
        result = close_with(wsi, LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE);
        break;
    case HB_ASSEMBLED_NOT_UTF8:
        result = close_with(wsi, LWS_CLOSE_STATUS_INVALID_PAYLOAD);
        break;
    case HB_ASSEMBLED_TOO_LARGE:
        result = close_with(wsi, LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE);
        break;
    }
    hb_buffer_release(&message);
    return result;
}

static int on_time(struct hb_session *session)
{
    if (session->goodbye != 0 && session->first == NULL) {
        return close_with(session->wsi,
                          (enum lws_close_status)session->goodbye);
    }
    if (session->client == NULL && !session->hello) {
        /* Asked again, libwebsockets closes without waiting for an answer. */
        lws_set_timer_usecs(session->wsi, CLOSE_WAIT);
        return close_with(session->wsi, LWS_CLOSE_STATUS_POLICY_VIOLATION);
    }
    return 0;
}

static int established(struct lws *wsi, struct hb_session **slot)
{
    step_away(listener_of(wsi), wsi);
    *slot = hb_session_new(listener_of(wsi), wsi);
    return 0;
}

static void on_end(uv_timer_t *timer);

static int closed(struct hb_session **slot)
{
    if (*slot != NULL) {
        struct hb_listener *listener = (*slot)->listener;
        hb_session_free(*slot);
        *slot = NULL;
        if (listener->closing && listener->sessions == NULL &&
            uv_is_active((uv_handle_t *)&listener->end)) {
            uv_timer_start(&listener->end, on_end, 0, 0);
        }
    }
    return 0;
}

static int on_session(struct lws *wsi, enum lws_callback_reasons reason,
                      void *user, void *in, size_t len)
{
    struct hb_session **slot = user;
    switch (reason) {
    case LWS_CALLBACK_ESTABLISHED: return established(wsi, slot);
    case LWS_CALLBACK_RECEIVE: return receive(*slot, in, len);
    case LWS_CALLBACK_SERVER_WRITEABLE: return hb_session_write(*slot);
    case LWS_CALLBACK_TIMER: return on_time(*slot);
    case LWS_CALLBACK_CLOSED: return closed(slot);
    case LWS_CALLBACK_WSI_DESTROY: return step_away(listener_of(wsi), wsi);
    default: return 0;
    }
}

/* ---- the listener ----------------------------------------------------- */

static const struct lws_protocols protocols[] = {
    {.name = "http-only", .callback = on_http},
    {.name = HB_SUBPROTOCOL,
     .callback = on_session,
     .per_session_data_size = sizeof(struct hb_session *),
     .rx_buffer_size = 64 * 1024},
    {.name = NULL},
};

static const lws_retry_bo_t keep_alive = {
    .secs_since_valid_ping = PING_SECONDS,
    .secs_since_valid_hangup = HANGUP_SECONDS,
};

static bool nobody_is_there(void *user)
{
    const struct hb_listener *listener = user;
    return listener->waiting == 0 && listener->sessions == NULL;
}

struct hb_listener *hb_listener_new(const struct hb_listener_options *options,
                                    struct hb_error *err)
{
    struct hb_listener *listener = hb_alloc(sizeof *listener);
    listener->options = *options;
    listener->token = hb_strdup(options->token);
    listener->proof = hb_strdup(options->proof);
    listener->room = hb_room_make();
    lws_set_log_level(LLL_ERR, NULL);
    const struct lws_context_creation_info info = {
        .port = 0,
        .iface = "127.0.0.1",
        .protocols = protocols,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_FAIL_UPON_UNABLE_TO_BIND,
        .foreign_loops = (void *[]){options->loop},
        .user = listener,
        .timeout_secs = PEER_SECONDS,
        .keepalive_timeout = PEER_SECONDS,
        .retry_and_idle_policy = &keep_alive,
    };
    hb_quiet_init(&listener->quiet, options->loop, nobody_is_there, listener);
    listener->context = lws_create_context(&info);
    if (listener->context == NULL) {
        hb_error_set(err, HB_EIO,
                     "cannot listen on 127.0.0.1: is libwebsockets' libuv "
                     "plug-in (libwebsockets-evlib-uv) installed?");
        free(listener->token);
        free(listener->proof);
        free(listener);
        return NULL;
    }
    listener->vhost = lws_get_vhost_by_name(listener->context, "default");
    listener->port = lws_get_vhost_listen_port(listener->vhost);
    hb_quiet_begin(&listener->quiet);
    uv_timer_init(options->loop, &listener->end);
    listener->end.data = listener;
    return listener;
}

int hb_listener_port(const struct hb_listener *listener)
{
    return listener->port;
}

void hb_listener_set_pipeline(struct hb_listener *listener,
                              struct hb_pipeline *pipeline)
{
    listener->pipeline = pipeline;
}

/* ---- to everybody ----------------------------------------------------- */

static void broadcast(struct hb_listener *listener, const char *text)
{
    for (struct hb_session *session = listener->sessions; session != NULL;
         session = session->next) {
        if (session->client != NULL) {
            hb_session_send(session, text);
        }
    }
}

void hb_listener_changed(void *user, const struct hb_deploy *deploy)
{
    struct hb_listener *listener = user;
    if (listener->sessions == NULL) {
        return;
    }
    char *value = hb_encode_deploy(deploy);
    char *text = hb_encode_deploy_changed(value);
    broadcast(listener, text);
    free(text);
    free(value);
}

static void on_targets(void *user, const struct hb_error *err,
                       struct hb_target *const *targets, size_t count,
                       const char *default_target)
{
    if (err != NULL && err->code != HB_OK) {
        LOG_WARN("%s", err->message);
        return;
    }
    char *value = hb_encode_targets(targets, count, default_target);
    char *text = hb_encode_targets_changed(value);
    broadcast(user, text);
    free(text);
    free(value);
}

void hb_listener_targets(void *user)
{
    struct hb_listener *listener = user;
    if (listener->pipeline != NULL) {
        hb_pipeline_targets(listener->pipeline, NULL, on_targets, listener);
    }
}

/* ---- the end ---------------------------------------------------------- */

static void on_end(uv_timer_t *timer)
{
    struct hb_listener *listener = timer->data;
    uv_timer_stop(timer);
    lws_context_destroy(listener->context);
    uv_close((uv_handle_t *)timer, NULL);
}

/* On a loop that is not its own libwebsockets destroys a context in two
 * steps: on_end() was the first, and its handles have closed since. */
void hb_listener_free(struct hb_listener *listener)
{
    if (listener != NULL) {
        lws_context_destroy(listener->context);
        free(listener->token);
        free(listener->proof);
        free(listener);
    }
}

void hb_listener_end(struct hb_listener *listener)
{
    listener->closing = true;
    hb_quiet_end(&listener->quiet);
    for (struct hb_session *session = listener->sessions; session != NULL;
         session = session->next) {
        session->goodbye = LWS_CLOSE_STATUS_GOINGAWAY;
        lws_callback_on_writable(session->wsi);
    }
    uv_timer_start(&listener->end, on_end,
                   listener->sessions == NULL ? 0 : GOODBYE_MS, 0);
}
