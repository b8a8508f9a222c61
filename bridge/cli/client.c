#include "cli/client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/find.h"
#include "cli/link.h"
#include "cli/spawn.h"
#include "session/prove.h"
#include "wire/encode.h"
#include "wire/limits.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Random bytes of a nonce. */
#define NONCE_BYTES 16
#define HELLO_SECONDS 10.0
/* For everything that is answered at once. */
#define ANSWER_SECONDS 60.0
#define TICK_SECONDS 0.1
/* Waiting for ever: far more seconds than anybody has. */
#define NO_END 1e9
/* How often one that answers wrongly is tried again. */
#define ANSWERS_MAX 2
/* How long one that does not listen is tried again, in seconds. */
#define START_SECONDS 15.0
#define FIND_SECONDS 2.0
/* Between two tries, in milliseconds. */
#define PAUSE_MS 50

struct hb_client {
    enum hb_client_mode mode;
    struct hb_link *link;
    char *hello; /* result of initialize */
    unsigned last_id;
};

static bool find(struct hb_client *client, struct hb_found *found,
                 struct hb_error *err)
{
    if (client->mode == HB_CLIENT_START) {
        return hb_spawn_ensure(found, NULL, err);
    }
    switch (hb_find_bridge(found, err)) {
    case HB_FIND_RUNNING: return true;
    case HB_FIND_NONE:
        return hb_error_set(err, HB_EBRIDGE,
                            "no bridge runs; hotbridge start starts it");
    default: return false;
    }
}

static bool check_proof(const char *hello, const struct hb_found *found,
                        const char *nonce, struct hb_error *err)
{
    char expected[HB_PROOF_SIZE];
    char *version = NULL;
    char *proof = NULL;
    bool ok = hb_decode_initialized(hello, &version, &proof, err) &&
              hb_prove(found->info.proof, nonce, expected, err);
    if (ok && (proof == NULL || strlen(proof) != strlen(expected) ||
               lws_timingsafe_bcmp(proof, expected,
                                   (uint32_t)strlen(expected)) != 0)) {
        ok = hb_error_set(err, HB_EBRIDGE,
                          "what answers on port %d is not the bridge that "
                          "wrote %s, so nothing was sent to it; hotbridge "
                          "stop and start begin afresh",
                          found->info.port, found->path);
    }
    free(version);
    free(proof);
    return ok;
}

static bool say_hello(struct hb_client *client, const struct hb_found *found,
                      struct hb_error *err)
{
    char nonce[2 * NONCE_BYTES + 1];
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_INITIALIZE,
        .protocol = HB_PROTOCOL,
        .client_name = (char *)"hotbridge",
        .client_version = (char *)HB_VERSION,
        .nonce = nonce,
    };
    const struct hb_watch watch = {.timeout = HELLO_SECONDS};
    struct hb_reply reply = {0};
    if (!hb_text_random_hex(nonce, NONCE_BYTES, err)) {
        return false;
    }
    switch (hb_client_call(client, &request, &watch, &reply, err)) {
    case HB_CALL_ANSWERED: break;
    case HB_CALL_LOST: return false;
    default: return hb_error_set(err, HB_EBRIDGE, "interrupted");
    }
    bool ok = reply.value != NULL;
    if (!ok) {
        hb_error_set(err, reply.error.code, "%s", reply.error.message);
    } else if ((ok = check_proof(reply.value, found, nonce, err))) {
        free(client->hello);
        client->hello = hb_strdup(reply.value);
    }
    hb_reply_release(&reply);
    return ok;
}

static bool connect_once(struct hb_client *client, struct hb_error *err)
{
    struct hb_found found;
    hb_link_free(client->link);
    client->link = NULL;
    if (!find(client, &found, err)) {
        return false;
    }
    client->link = hb_link_open(found.info.port, found.info.token, err);
    bool ok = client->link != NULL && say_hello(client, &found, err);
    hb_found_release(&found);
    return ok;
}

/* One that stops does not listen any more, and still holds its lock; one that
 * was replaced between finding and connecting is found at the next try. */
bool hb_client_reopen(struct hb_client *client, struct hb_error *err)
{
    const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
    double end =
        hb_clock_monotonic() +
        (client->mode == HB_CLIENT_START ? START_SECONDS : FIND_SECONDS);
    for (int answers = 0; !connect_once(client, err);) {
        /* It answered, and not as it should. */
        answers += client->link != NULL;
        if (answers == ANSWERS_MAX || !hb_find_lock_held() ||
            hb_clock_monotonic() >= end) {
            return false;
        }
        hb_error_clear(err);
        nanosleep(&pause, NULL);
    }
    return true;
}

struct hb_client *hb_client_open(enum hb_client_mode mode, struct hb_error *err)
{
    struct hb_client *client = hb_alloc(sizeof *client);
    client->mode = mode;
    if (!hb_client_reopen(client, err)) {
        hb_client_free(client);
        return NULL;
    }
    return client;
}

void hb_client_free(struct hb_client *client)
{
    if (client == NULL) {
        return;
    }
    hb_link_free(client->link);
    free(client->hello);
    free(client);
}

void hb_client_targets(const struct hb_client *client, struct hb_strings *names)
{
    struct hb_target **targets = NULL;
    char *chosen = NULL;
    size_t count = 0;
    if (!hb_decode_targets(client->hello, &targets, &count, &chosen, NULL)) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        hb_strings_add(names, targets[i]->name);
        hb_target_free(targets[i]);
    }
    free(targets);
    free(chosen);
}

struct hb_target *hb_client_target(const struct hb_client *client,
                                   const char *name, struct hb_error *err)
{
    struct hb_target **targets = NULL;
    struct hb_target *found = NULL;
    char *chosen = NULL;
    size_t count = 0;
    if (!hb_decode_targets(client->hello, &targets, &count, &chosen, err)) {
        return NULL;
    }
    if (name != NULL) {
        hb_replace(&chosen, name);
    }
    for (size_t i = 0; i < count; i++) {
        if (chosen != NULL && strcmp(targets[i]->name, chosen) == 0) {
            found = targets[i];
        } else {
            hb_target_free(targets[i]);
        }
    }
    if (found == NULL && chosen != NULL) {
        hb_error_set(err, HB_ETARGET,
                     "there is no target '%s'; hotbridge target list shows "
                     "those there are",
                     chosen);
    } else if (found == NULL) {
        hb_error_set(err, HB_ETARGET,
                     count == 0
                         ? "there is no target yet: hotbridge target add NAME "
                           "PATH adds one"
                         : "there is no default target: name one with "
                           "--target");
    }
    free(targets);
    free(chosen);
    return found;
}

/* True when the call is over, with *result. */
static bool take_message(const char *id, const struct hb_watch *watch,
                         const char *message, size_t len,
                         struct hb_reply *reply, enum hb_call *result,
                         struct hb_error *err)
{
    if (!hb_reply_parse(message, len, reply, err)) {
        err->code = HB_EBRIDGE;
        hb_reply_release(reply);
        *result = HB_CALL_LOST;
        return true;
    }
    if (reply->method != NULL) {
        bool on = watch->notify == NULL || watch->notify(watch->user, reply);
        hb_reply_release(reply);
        *result = HB_CALL_ENOUGH;
        return !on;
    }
    /* An error about a message that could not be read has no id. */
    if (reply->rpc_id == NULL || strcmp(reply->rpc_id, "null") == 0 ||
        strcmp(reply->rpc_id, id) == 0) {
        *result = HB_CALL_ANSWERED;
        return true;
    }
    hb_reply_release(reply);
    return false;
}

static enum hb_call wait_for(struct hb_client *client, const char *id,
                             const struct hb_watch *watch,
                             struct hb_reply *reply, struct hb_error *err)
{
    double now = hb_clock_monotonic();
    double end = now + (watch->timeout > 0 ? watch->timeout : NO_END);
    for (;;) {
        const char *message;
        size_t len;
        enum hb_call result;
        double until = end;
        if (watch->tick != NULL && now + TICK_SECONDS < end) {
            until = now + TICK_SECONDS;
        }
        switch (hb_link_wait(client->link, until, &message, &len)) {
        case HB_LINK_MESSAGE:
            if (take_message(id, watch, message, len, reply, &result, err)) {
                return result;
            }
            break;
        case HB_LINK_LOST:
            hb_error_set(err, HB_EBRIDGE,
                         "the connection to the bridge is lost: %s",
                         hb_link_why(client->link));
            return HB_CALL_LOST;
        case HB_LINK_INTERRUPT: return HB_CALL_INTERRUPTED;
        case HB_LINK_TIME: break;
        }
        now = hb_clock_monotonic();
        if (now >= end) {
            hb_error_set(err, HB_EBRIDGE,
                         "the bridge did not answer within %.0f s; hotbridge "
                         "status says whether it runs",
                         watch->timeout);
            return HB_CALL_LOST;
        }
        if (watch->tick != NULL) {
            watch->tick(watch->user);
        }
    }
}

enum hb_call hb_client_call(struct hb_client *client,
                            struct hb_request *request,
                            const struct hb_watch *watch,
                            struct hb_reply *reply, struct hb_error *err)
{
    static const struct hb_watch usual = {.timeout = ANSWER_SECONDS};
    char id[16];
    *reply = (struct hb_reply){0};
    snprintf(id, sizeof id, "%u", ++client->last_id);
    request->rpc_id = id;
    char *text = hb_encode_request(request);
    request->rpc_id = NULL;
    hb_link_send(client->link, text);
    free(text);
    return wait_for(client, id, watch != NULL ? watch : &usual, reply, err);
}

bool hb_client_ask(struct hb_client *client, struct hb_request *request,
                   struct hb_reply *reply, int *exit_code)
{
    struct hb_error err = {0};
    switch (hb_client_call(client, request, NULL, reply, &err)) {
    case HB_CALL_ANSWERED: break;
    case HB_CALL_LOST: *exit_code = hb_cli_fail(&err); return false;
    default: *exit_code = HB_EXIT_INTERRUPTED; return false;
    }
    if (reply->value == NULL) {
        *exit_code = hb_cli_fail(&reply->error);
        hb_reply_release(reply);
        return false;
    }
    return true;
}
