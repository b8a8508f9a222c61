#include "session/prove.h"

#include <libwebsockets.h>
#include <stdio.h>
#include <string.h>

/* Longest key, in bytes. */
#define KEY_MAX 64

bool hb_prove(const char *key, const char *nonce, char out[HB_PROOF_SIZE],
              struct hb_error *err)
{
    unsigned char bytes[KEY_MAX];
    unsigned char digest[32];
    struct lws_genhmac_ctx context;
    int len = lws_hex_to_byte_array(key, bytes, sizeof bytes);
    if (len <= 0) {
        return hb_error_set(err, HB_EINTERNAL,
                            "the key of bridge.json is not hex");
    }
    if (lws_genhmac_init(&context, LWS_GENHMAC_TYPE_SHA256, bytes,
                         (size_t)len) != 0) {
        return hb_error_set(err, HB_EINTERNAL, "cannot compute the proof");
    }
    int failed = lws_genhmac_update(&context, nonce, strlen(nonce));
    if (lws_genhmac_destroy(&context, digest) != 0 || failed != 0) {
        return hb_error_set(err, HB_EINTERNAL, "cannot compute the proof");
    }
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return true;
}
