#include "cli/link.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "wire/limits.h"

#include <assert.h>
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define ADDRESS "127.0.0.1"
#define CONNECT_SECONDS 5
/* Bytes read at once. */
#define READ_SIZE 65536
/* Descriptors that libwebsockets makes room for. */
#define FD_MAX 32
/* Silence after which the bridge is pinged, and given up, in seconds. */
#define PING_SECONDS 10
#define HANGUP_SECONDS 25
#define SIGNAL_PROTOCOL "signal"

enum state { CONNECTING, OPEN, LOST };

struct hb_link {
    struct lws_context *context;
    struct lws *wsi; /* NULL once it is gone */
    enum state state;
    const char *token; /* while connecting */
    struct hb_buffer in;
    struct hb_buffer out; /* LWS_PRE bytes, then the message that is to go */
    bool whole;           /* in holds a message that was not handed out yet */
    bool interrupted;
    bool late;
    int signals; /* descriptor; libwebsockets closes it */
    lws_sorted_usec_list_t timer;
    char why[256];
};

/* libwebsockets goes to sleep behind the timers that it calls, whatever they
 * have done. */
static void wake(struct hb_link *link)
{
    if (link->context != NULL) {
        lws_cancel_service(link->context);
    }
}

static void lose(struct hb_link *link, const char *why)
{
    if (link->state != LOST) {
        link->state = LOST;
        snprintf(link->why, sizeof link->why, "%s", why);
        wake(link);
    }
}

static int add_token(struct hb_link *link, struct lws *wsi, void *in,
                     size_t len)
{
    unsigned char **at = in;
    char *value = hb_format("Bearer %s", link->token);
    int bad = lws_add_http_header_by_token(wsi, WSI_TOKEN_HTTP_AUTHORIZATION,
                                           (unsigned char *)value,
                                           (int)strlen(value), at, *at + len);
    free(value);
    return bad != 0 ? -1 : 0;
}

static int receive(struct hb_link *link, struct lws *wsi, const void *bytes,
                   size_t len)
{
    if (lws_frame_is_binary(wsi)) {
        lose(link, "it sent a binary message");
        return -1;
    }
    if (!hb_buffer_add(&link->in, bytes, len)) {
        lose(link, "it sent a message that is too long");
        return -1;
    }
    if (lws_remaining_packet_payload(wsi) == 0 && lws_is_final_fragment(wsi)) {
        link->whole = true;
        /* One at a time: the next is read when this one was taken. */
        lws_rx_flow_control(wsi, 0);
    }
    return 0;
}

static int send_out(struct hb_link *link, struct lws *wsi)
{
    if (link->out.len == 0) {
        return 0;
    }
    size_t len = link->out.len - LWS_PRE;
    int put = lws_write(wsi, (unsigned char *)link->out.data + LWS_PRE, len,
                        LWS_WRITE_TEXT);
    hb_buffer_release(&link->out);
    return put < (int)len ? -1 : 0;
}

static int on_bridge(struct lws *wsi, enum lws_callback_reasons reason,
                     void *user, void *in, size_t len)
{
    struct hb_link *link = lws_context_user(lws_get_context(wsi));
    (void)user;
    switch (reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
        return add_token(link, wsi, in, len);
    case LWS_CALLBACK_CLIENT_ESTABLISHED: link->state = OPEN; return 0;
    case LWS_CALLBACK_CLIENT_RECEIVE: return receive(link, wsi, in, len);
    case LWS_CALLBACK_CLIENT_WRITEABLE: return send_out(link, wsi);
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        lose(link, in != NULL ? in : "it does not answer");
        link->wsi = NULL;
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
        lose(link, "the connection was closed");
        link->wsi = NULL;
        return 0;
    default: return 0;
    }
}

static int on_signal(struct lws *wsi, enum lws_callback_reasons reason,
                     void *user, void *in, size_t len)
{
    struct hb_link *link = lws_context_user(lws_get_context(wsi));
    struct signalfd_siginfo info;
    (void)user;
    (void)in;
    (void)len;
    if (reason == LWS_CALLBACK_RAW_RX_FILE &&
        read(link->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        link->interrupted = true;
    }
    return 0;
}

static const struct lws_protocols protocols[] = {
    {HB_SUBPROTOCOL, on_bridge, 0, READ_SIZE, 0, NULL, 0},
    {SIGNAL_PROTOCOL, on_signal, 0, 0, 0, NULL, 0},
    {NULL, NULL, 0, 0, 0, NULL, 0},
};

static const lws_retry_bo_t idle = {
    .secs_since_valid_ping = PING_SECONDS,
    .secs_since_valid_hangup = HANGUP_SECONDS,
};

static bool make_context(struct hb_link *link, struct hb_error *err)
{
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .protocols = protocols,
        .user = link,
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
        .fd_limit_per_thread = FD_MAX,
        .connect_timeout_secs = CONNECT_SECONDS,
        .timeout_secs = CONNECT_SECONDS,
    };
    lws_set_log_level(0, NULL);
    /* A proxy is for other machines; libwebsockets asks the environment. */
    char *proxy = hb_strdup(getenv("http_proxy"));
    unsetenv("http_proxy");
    link->context = lws_create_context(&info);
    if (proxy != NULL) {
        setenv("http_proxy", proxy, 1);
    }
    free(proxy);
    return link->context != NULL ||
           hb_error_set(err, HB_EBRIDGE,
                        "cannot make a connection: out of memory or "
                        "descriptors");
}

static bool watch_signals(struct hb_link *link, struct hb_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    lws_sock_file_fd_type fd = {
        .filefd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    link->signals = fd.filefd;
    if (fd.filefd < 0) {
        return hb_error_set(err, HB_EBRIDGE, "cannot watch for Ctrl-C");
    }
    struct lws_vhost *vhost = lws_get_vhost_by_name(link->context, "default");
    if (vhost == NULL ||
        lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd,
                                   SIGNAL_PROTOCOL, NULL) == NULL) {
        return hb_error_set(err, HB_EBRIDGE, "cannot watch for Ctrl-C");
    }
    return true;
}

static bool connect_to(struct hb_link *link, int port, struct hb_error *err)
{
    char host[32];
    snprintf(host, sizeof host, ADDRESS ":%d", port);
    struct lws_client_connect_info info = {
        .context = link->context,
        .address = ADDRESS,
        .port = port,
        .path = "/",
        .host = host,
        .protocol = HB_SUBPROTOCOL,
        .local_protocol_name = HB_SUBPROTOCOL,
        .pwsi = &link->wsi,
        .retry_and_idle_policy = &idle,
    };
    if (lws_client_connect_via_info(&info) == NULL) {
        lose(link, "it does not answer");
    }
    double end = hb_clock_monotonic() + CONNECT_SECONDS;
    while (link->state == CONNECTING && hb_clock_monotonic() < end) {
        const char *message;
        size_t len;
        hb_link_wait(link, end, &message, &len);
    }
    if (link->state == OPEN) {
        return true;
    }
    return hb_error_set(
        err, HB_EBRIDGE,
        "cannot connect to the bridge on " ADDRESS ":%d: %s; hotbridge "
        "stop and start begin afresh",
        port, link->why[0] != '\0' ? link->why : "it does not answer");
}

struct hb_link *hb_link_open(int port, const char *token, struct hb_error *err)
{
    struct hb_link *link = hb_alloc(sizeof *link);
    link->in.max = HB_WIRE_OUTBOX_MAX;
    link->signals = -1;
    link->token = token;
    bool ok = make_context(link, err) && watch_signals(link, err) &&
              connect_to(link, port, err);
    link->token = NULL;
    if (!ok) {
        hb_link_free(link);
        return NULL;
    }
    return link;
}

void hb_link_free(struct hb_link *link)
{
    if (link == NULL) {
        return;
    }
    if (link->context != NULL) {
        lws_sul_cancel(&link->timer);
        lws_context_destroy(link->context);
    }
    hb_buffer_release(&link->in);
    hb_buffer_release(&link->out);
    free(link);
}

void hb_link_send(struct hb_link *link, const char *text)
{
    static const char room[LWS_PRE];
    assert(link->out.len == 0);
    if (link->wsi == NULL || !hb_buffer_add(&link->out, room, sizeof room) ||
        !hb_buffer_add(&link->out, text, strlen(text))) {
        hb_buffer_release(&link->out);
        lose(link, "the connection was closed");
        return;
    }
    lws_callback_on_writable(link->wsi);
}

static void on_timer(lws_sorted_usec_list_t *timer)
{
    struct hb_link *link = lws_container_of(timer, struct hb_link, timer);
    link->late = true;
    wake(link);
}

/* A message that was handed out is done with. */
static void take_next(struct hb_link *link)
{
    if (link->whole) {
        link->whole = false;
        link->in.len = 0;
        if (link->wsi != NULL) {
            lws_rx_flow_control(link->wsi, 1);
        }
    }
}

static void serve(struct hb_link *link, double until)
{
    sigset_t set, before;
    double left = until - hb_clock_monotonic();
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, &before);
    link->late = left <= 0;
    if (!link->late) {
        lws_sul_schedule(link->context, 0, &link->timer, on_timer,
                         (lws_usec_t)(left * LWS_USEC_PER_SEC) + 1);
    }
    enum state state = link->state;
    while (!link->whole && !link->interrupted && !link->late &&
           link->state == state && state != LOST) {
        if (lws_service(link->context, 0) < 0) {
            lose(link, "the loop ended");
        }
    }
    lws_sul_cancel(&link->timer);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

enum hb_link_event hb_link_wait(struct hb_link *link, double until,
                                const char **message, size_t *len)
{
    *message = NULL;
    *len = 0;
    take_next(link);
    serve(link, until);
    if (link->interrupted) {
        link->interrupted = false;
        return HB_LINK_INTERRUPT;
    }
    if (link->whole) {
        *message = hb_buffer_text(&link->in);
        *len = link->in.len;
        return HB_LINK_MESSAGE;
    }
    return link->state == LOST ? HB_LINK_LOST : HB_LINK_TIME;
}

const char *hb_link_why(const struct hb_link *link)
{
    return link->why;
}
