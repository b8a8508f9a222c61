/*
 * Small questions about text, and random words. Thread: any.
 */
#ifndef HB_BASE_TEXT_H
#define HB_BASE_TEXT_H

#include "base/error.h"

#include <stddef.h>

/* Size of a lower-case UUID with its NUL: "8-4-4-4-12". */
#define HB_UUID_SIZE 37

/* Size of an object id of git (SHA-1, hex) with its NUL. */
#define HB_OID_SIZE 41

bool hb_text_is_utf8(const char *bytes, size_t len);

/* How many code points the first len bytes of valid UTF-8 hold. */
size_t hb_text_points(const char *bytes, size_t len);

/* Accepts both cases: 8-4-4-4-12 hex digits. */
bool hb_text_is_uuid(const char *text);

/* 1 to 40 hex digits of lower case. */
bool hb_text_is_oid(const char *text);

/* A target's name: [a-z0-9][a-z0-9._-]{0,62}, not ending in ".lock" or ".",
 * without "..": it is a branch's name. */
bool hb_text_is_target(const char *text);

/* Fills out with count random bytes as 2 * count hex digits and a NUL. */
bool hb_text_random_hex(char *out, size_t count, struct hb_error *err);

/* A random UUID (version 4). */
bool hb_text_uuid(char out[HB_UUID_SIZE], struct hb_error *err);

/* The id that git gives a blob of these bytes. */
void hb_text_blob_id(const void *bytes, size_t len, char out[HB_OID_SIZE]);

#endif
