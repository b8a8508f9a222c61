#include "session/prove.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>

/* Longest key, in bytes. */
#define KEY_MAX 64
/* Bytes of a SHA-256. */
#define DIGEST 32

/* Gives the key's length, or 0 where the text is not hex. */
static size_t read_hex(const char *hex, unsigned char bytes[KEY_MAX])
{
    size_t len = strlen(hex);
    if (len == 0 || len % 2 != 0 || len > 2 * KEY_MAX ||
        strspn(hex, "0123456789abcdefABCDEF") != len) {
        return 0;
    }
    for (size_t i = 0; i < len / 2; i++) {
        unsigned value = 0;
        sscanf(hex + 2 * i, "%2x", &value);
        bytes[i] = (unsigned char)value;
    }
    return len / 2;
}

bool hb_prove(const char *key, const char *nonce, char out[HB_PROOF_SIZE],
              struct hb_error *err)
{
    unsigned char bytes[KEY_MAX];
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned made = 0;
    size_t len = read_hex(key, bytes);
    if (len == 0) {
        return hb_error_set(err, HB_EINTERNAL,
                            "the key of bridge.json is not hex");
    }
    if (HMAC(EVP_sha256(), bytes, (int)len, (const unsigned char *)nonce,
             strlen(nonce), digest, &made) == NULL ||
        made != DIGEST) {
        return hb_error_set(err, HB_EINTERNAL, "cannot compute the proof");
    }
    for (size_t i = 0; i < DIGEST; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
    return true;
}
