/*
 * A client of the bridge: finds it, proves it, asks it. Blocking, with a loop
 * of its own.
 *
 *     client = hb_client_open(HB_CLIENT_START, &err);
 *     switch (hb_client_call(client, &request, &watch, &reply, &err)) …
 *     hb_client_free(client);
 *
 * Nothing but the nonce is sent before the bridge has proved that it wrote
 * bridge.json. Thread: the only one of the process; SIGINT is watched while a
 * call waits, and is as ever in between.
 */
#ifndef HB_CLI_CLIENT_H
#define HB_CLI_CLIENT_H

#include "base/error.h"
#include "wire/decode.h"
#include "wire/message.h"

struct hb_client;

enum hb_client_mode {
    HB_CLIENT_FIND,  /* HB_EBRIDGE where none runs */
    HB_CLIENT_START, /* start it where none runs */
};

enum hb_call {
    HB_CALL_ANSWERED,    /* reply is filled: an answer or an error of theirs */
    HB_CALL_ENOUGH,      /* the watch said so */
    HB_CALL_LOST,        /* the connection is gone: err says how */
    HB_CALL_INTERRUPTED, /* SIGINT */
};

/* What happens while a call waits; any may be NULL. */
struct hb_watch {
    /* A notification, borrowed. False: do not wait for the answer. */
    bool (*notify)(void *user, const struct hb_reply *notification);
    /* Ten times a second. */
    void (*tick)(void *user);
    void *user;
    double timeout; /* seconds without an answer until it counts as lost; 0:
                       only when the bridge no longer answers pings */
};

/* NULL with HB_EBRIDGE, or what initialize was answered with. */
struct hb_client *hb_client_open(enum hb_client_mode mode,
                                 struct hb_error *err);
void hb_client_free(struct hb_client *client);

/* After HB_CALL_LOST: finds the bridge afresh and connects again. */
bool hb_client_reopen(struct hb_client *client, struct hb_error *err);

/* request->rpc_id is set here. reply is to be released after
 * HB_CALL_ANSWERED. watch may be NULL. */
enum hb_call hb_client_call(struct hb_client *client,
                            struct hb_request *request,
                            const struct hb_watch *watch,
                            struct hb_reply *reply, struct hb_error *err);

/* A call for which only a result will do, within the usual time. False with
 * *exit_code set, after saying why on stderr. */
bool hb_client_ask(struct hb_client *client, struct hb_request *request,
                   struct hb_reply *reply, int *exit_code);

/* Adds the names of the targets that initialize told. */
void hb_client_targets(const struct hb_client *client,
                       struct hb_strings *names);

/* The target of that name, or the default one for NULL, as initialize told it;
 * freed by the caller. NULL with HB_ETARGET. */
struct hb_target *hb_client_target(const struct hb_client *client,
                                   const char *name, struct hb_error *err);

#endif
