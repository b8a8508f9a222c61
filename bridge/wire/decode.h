/*
 * The bridge's messages -> values, for our own clients. Unknown members are
 * passed over, unknown words of enums read as the nearest neutral value. Same
 * strictness as wire/message.h. Pure. Thread: any.
 */
#ifndef HB_WIRE_DECODE_H
#define HB_WIRE_DECODE_H

#include "base/error.h"
#include "history/history.h"
#include "model/deploy.h"
#include "model/target.h"

#include <stddef.h>

struct hb_reply {
    char *rpc_id; /* JSON text; NULL for a notification */
    char *method; /* of a notification, else NULL */
    char *value;  /* JSON text of the result or the params; NULL: an error */
    int rpc_code; /* of an error */
    char *reason; /* data.reason, or NULL */
    struct hb_error error; /* our code for it, and its message */
};

bool hb_reply_parse(const char *bytes, size_t len, struct hb_reply *reply,
                    struct hb_error *err);
void hb_reply_release(struct hb_reply *reply);

/* Each reads the value of a result; NULL or false with HB_EBRIDGE. */
struct hb_deploy *hb_decode_deploy(const char *value, struct hb_error *err);
/* From the params of deploy/changed. */
struct hb_deploy *hb_decode_deploy_changed(const char *value,
                                           struct hb_error *err);
/* *targets and each of them freed by the caller; default_target too. */
bool hb_decode_targets(const char *value, struct hb_target ***targets,
                       size_t *count, char **default_target,
                       struct hb_error *err);
struct hb_target *hb_decode_target(const char *value, struct hb_error *err);
bool hb_decode_list(const char *value, struct hb_deploy ***deploys,
                    size_t *count, char **next, struct hb_error *err);
bool hb_decode_source(const char *value, char **bytes, size_t *len,
                      char **commit, struct hb_error *err);
bool hb_decode_patch(const char *value, char **patch, struct hb_error *err);
bool hb_decode_initialized(const char *value, char **version, char **proof,
                           struct hb_error *err);

/* bridge.json, which is JSON too. */
struct hb_bridge_info {
    int pid;
    int protocol;
    int port;
    char *url;
    char *token;
    char *proof; /* the key, never sent */
    char *version;
};
char *hb_encode_bridge_info(const struct hb_bridge_info *info);
bool hb_decode_bridge_info(const char *text, size_t len,
                           struct hb_bridge_info *info, struct hb_error *err);
void hb_bridge_info_release(struct hb_bridge_info *info);

#endif
