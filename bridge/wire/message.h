/*
 * A message as it came -> a validated request, or the error to answer with.
 * As strict as the standards: no duplicate members, NaN, single quotes,
 * comments, \u0000, lone surrogates, trailing text, numbers out of range, bad
 * UTF-8, nor more than HB_WIRE_DEPTH_MAX levels. Memory is taken for the known
 * members alone, never more than the message's own length. Pure.
 * docs/protocol.md is this file's other half; tests/wire holds examples.
 *
 * A request owns its strings. Thread: any.
 */
#ifndef HB_WIRE_MESSAGE_H
#define HB_WIRE_MESSAGE_H

#include "base/error.h"
#include "model/deploy.h"

#include <stddef.h>

enum hb_method {
    HB_METHOD_INITIALIZE,
    HB_METHOD_DEPLOY,
    HB_METHOD_DEPLOY_GET,
    HB_METHOD_DEPLOY_CANCEL,
    HB_METHOD_TARGETS_LIST,
    HB_METHOD_TARGETS_TEST,
    HB_METHOD_HISTORY_LIST,
    HB_METHOD_HISTORY_SOURCE,
    HB_METHOD_HISTORY_DIFF,
    HB_METHOD_HISTORY_LIVE,
    HB_METHOD_ROLLBACK,
    HB_METHOD_COUNT,
};

/* One struct for all methods; a method's absent members are NULL or 0, and
 * those that it requires are there. */
struct hb_request {
    char *rpc_id; /* the JSON text of the request's id, to answer with; NULL:
                     not known: answer with null */
    bool notification; /* it has no id: answer nothing, whatever comes of it,
                          and do nothing but log it */
    bool has_method;
    enum hb_method method;

    int protocol; /* initialize */
    char *client_name;
    char *client_version;
    char *nonce;

    char *id; /* deploy, deploy/get, deploy/cancel, rollback */
    char *target;
    char *module;
    char *source; /* deploy: the bytes, with a NUL behind them */
    size_t source_len;
    enum hb_trigger trigger;
    char *document;
    char *vcs_commit;
    char *vcs_branch;
    enum hb_tristate vcs_dirty;
    bool force;
    bool confirmed;

    char *commit; /* history/source, rollback */
    char *from;   /* history/diff */
    char *to;
    size_t limit; /* history/list; the default where absent */
    char *before;
    bool all;
};

/* False with HB_EPARSE, HB_EREQUEST, HB_EMETHOD, HB_EPARAMS, or HB_EPROTOCOL
 * for an initialize with a number other than HB_PROTOCOL (its other
 * parameters are not looked at then), or HB_EIO where there is no memory for
 * the source; *request then holds rpc_id where it could be read, and
 * notification. Release it in any case. */
bool hb_message_parse(const char *bytes, size_t len, struct hb_request *request,
                      struct hb_error *err);

void hb_request_release(struct hb_request *request);

const char *hb_method_name(enum hb_method method);

#endif
