/*
 * The proof that a bridge wrote its bridge.json: HMAC-SHA256 over a client's
 * nonce, with a key that is never sent. Used by both sides. Thread: any.
 */
#ifndef HB_SESSION_PROVE_H
#define HB_SESSION_PROVE_H

#include "base/error.h"

/* Hex digits of a SHA-256, and the NUL. */
#define HB_PROOF_SIZE 65

/* `key` is hex text; its bytes are the key. */
bool hb_prove(const char *key, const char *nonce, char out[HB_PROOF_SIZE],
              struct hb_error *err);

#endif
