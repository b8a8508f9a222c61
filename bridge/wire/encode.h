/*
 * Values -> the JSON text of messages. Every function gives text that the
 * caller frees, one line, valid UTF-8 (bytes that are not become U+FFFD),
 * absent members left out. Pure. Thread: any.
 */
#ifndef HB_WIRE_ENCODE_H
#define HB_WIRE_ENCODE_H

#include "base/error.h"
#include "history/history.h"
#include "model/deploy.h"
#include "model/target.h"

#include <stddef.h>

/* ---- values ----------------------------------------------------------- */
char *hb_encode_deploy(const struct hb_deploy *deploy);
/* The result of targets/test: the target, and `ok`. `default_target` is the
 * configuration's, or NULL. */
char *hb_encode_target(const struct hb_target *target,
                       const char *default_target);
/* {"targets":[…],"defaultTarget":…} */
char *hb_encode_targets(struct hb_target *const *targets, size_t count,
                        const char *default_target);
char *hb_encode_initialized(const char *version, const char *proof,
                            size_t max_module_size,
                            struct hb_target *const *targets, size_t count,
                            const char *default_target);
char *hb_encode_list(struct hb_deploy *const *deploys, size_t count,
                     const char *next);
/* Says `replaced` where the bytes could not be written as they are. */
char *hb_encode_source(const char *bytes, size_t len, const char *commit);
char *hb_encode_patch(const char *patch, size_t len);
char *hb_encode_live(const struct hb_live *live, size_t count);

/* ---- messages; `value` is JSON text as given above -------------------- */
char *hb_encode_result(const char *rpc_id, const char *value);
/* The JSON-RPC code and data.reason of the error's code; rpc_id NULL: null. */
char *hb_encode_error(const char *rpc_id, const struct hb_error *err);
/* method "deploy/changed" with {"deploy":value}, "targets/changed" with the
 * value of hb_encode_targets(). */
char *hb_encode_deploy_changed(const char *value);
char *hb_encode_targets_changed(const char *value);

/* ---- what a client sends ---------------------------------------------- */
/* A request of ours: the inverse of hb_message_parse(), rpc_id included. What
 * is absent in the struct is left out. A source must be UTF-8 without NUL:
 * check it before, since other bytes would be replaced here. */
struct hb_request;
char *hb_encode_request(const struct hb_request *request);

/* The JSON-RPC code for an error's code. */
int hb_reason_rpc_code(enum hb_code code);
/* The word of data.reason for an error's code, or NULL: a standard code. */
const char *hb_reason_word(enum hb_code code);
/* The inverse of both: HB_EBRIDGE for what is not known here. `reason` may be
 * NULL. */
enum hb_code hb_reason_code(int rpc_code, const char *reason);

#endif
