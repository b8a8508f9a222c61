#include "wire/encode.h"

#include <string.h>

#define RPC_PARSE (-32700)
#define RPC_REQUEST (-32600)
#define RPC_METHOD (-32601)
#define RPC_PARAMS (-32602)
#define RPC_INTERNAL (-32603)
#define RPC_REASON (-32000)

static const struct {
    enum hb_code code;
    int rpc_code;
    const char *word;
} reasons[] = {
    {HB_EPARSE, RPC_PARSE, NULL},
    {HB_EREQUEST, RPC_REQUEST, NULL},
    {HB_EMETHOD, RPC_METHOD, NULL},
    {HB_EPARAMS, RPC_PARAMS, NULL},
    {HB_EUSAGE, RPC_PARAMS, NULL},
    {HB_EINTERNAL, RPC_INTERNAL, NULL},
    {HB_EPROTOCOL, RPC_REASON, "unsupported-protocol"},
    {HB_EUNREADY, RPC_REASON, "not-initialized"},
    {HB_EBUSY, RPC_REASON, "busy"},
    {HB_ETARGET, RPC_REASON, "unknown-target"},
    {HB_EMODULE, RPC_REASON, "bad-module"},
    {HB_EDEPLOY, RPC_REASON, "unknown-deploy"},
    {HB_ECOMMIT, RPC_REASON, "unknown-commit"},
    {HB_EREUSED, RPC_REASON, "id-reused"},
    {HB_ECONFIRM, RPC_REASON, "needs-confirmation"},
    {HB_EONSAVE, RPC_REASON, "not-on-save"},
    {HB_ENOTHING, RPC_REASON, "nothing-to-restore"},
    {HB_ELATE, RPC_REASON, "too-late"},
    {HB_ESTOPPING, RPC_REASON, "stopping"},
    {HB_ECONFIG, RPC_REASON, "config"},
    {HB_EHISTORY, RPC_REASON, "history"},
    {HB_EDELIVERY, RPC_REASON, "delivery"},
    {HB_EIO, RPC_REASON, "io"},
};

#define COUNT (sizeof reasons / sizeof reasons[0])

int hb_reason_rpc_code(enum hb_code code)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (reasons[i].code == code) {
            return reasons[i].rpc_code;
        }
    }
    return RPC_INTERNAL;
}

const char *hb_reason_word(enum hb_code code)
{
    for (size_t i = 0; i < COUNT; i++) {
        if (reasons[i].code == code) {
            return reasons[i].word;
        }
    }
    return NULL;
}

enum hb_code hb_reason_code(int rpc_code, const char *reason)
{
    for (size_t i = 0; i < COUNT; i++) {
        const char *word = reasons[i].word;
        bool same =
            word == NULL || (reason != NULL && strcmp(reason, word) == 0);
        if (reasons[i].rpc_code == rpc_code && same) {
            return reasons[i].code;
        }
    }
    return HB_EBRIDGE;
}
