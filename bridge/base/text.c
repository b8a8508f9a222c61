#include "base/text.h"

#include <ctype.h>
#include <errno.h>
#include <git2.h>
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

/* The length of the valid sequence at bytes, or 0 (RFC 3629, table 3-7 of
 * Unicode: no surrogates, no overlong forms, at most U+10FFFF). */
static size_t sequence(const unsigned char *bytes, size_t len)
{
    unsigned char first = bytes[0];
    if (first < 0x80) {
        return 1;
    }
    size_t need = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || len < need) {
        return 0;
    }
    unsigned char low = 0x80;
    unsigned char high = 0xBF;
    switch (first) {
    case 0xE0: low = 0xA0; break;
    case 0xED: high = 0x9F; break;
    case 0xF0: low = 0x90; break;
    case 0xF4: high = 0x8F; break;
    default: break;
    }
    if (bytes[1] < low || bytes[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < need; i++) {
        if ((bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
    }
    return need;
}

/* How many bytes at the beginning are ASCII, in whole words. */
static size_t ascii_words(const unsigned char *at, size_t len)
{
    size_t used = 0;
    uint64_t word;
    for (; len - used >= sizeof word; used += sizeof word) {
        memcpy(&word, at + used, sizeof word);
        if ((word & 0x8080808080808080u) != 0) {
            break;
        }
    }
    return used;
}

bool hb_text_is_utf8(const char *bytes, size_t len)
{
    const unsigned char *at = (const unsigned char *)bytes;
    while (len > 0) {
        size_t used = ascii_words(at, len);
        if (used == 0) {
            used = sequence(at, len);
        }
        if (used == 0) {
            return false;
        }
        at += used;
        len -= used;
    }
    return true;
}

size_t hb_text_points(const char *bytes, size_t len)
{
    size_t points = 0;
    for (size_t i = 0; i < len; i++) {
        points += ((unsigned char)bytes[i] & 0xC0) != 0x80;
    }
    return points;
}

bool hb_text_is_uuid(const char *text)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    if (strlen(text) != sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        if (form[i] == '-' ? text[i] != '-'
                           : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

bool hb_text_is_oid(const char *text)
{
    size_t len = strlen(text);
    return len >= 1 && len < HB_OID_SIZE &&
           strspn(text, "0123456789abcdef") == len;
}

bool hb_text_is_target(const char *text)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    size_t len = strlen(text);
    if (len < 1 || len > 63 || strchr(first, text[0]) == NULL ||
        strspn(text, rest) != len || text[len - 1] == '.' ||
        strstr(text, "..") != NULL) {
        return false;
    }
    return len < 5 || strcmp(text + len - 5, ".lock") != 0;
}

static bool random_bytes(unsigned char *out, size_t count, struct hb_error *err)
{
    while (count > 0) {
        ssize_t got = getrandom(out, count, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return hb_error_errno(err, HB_EIO, errno,
                                  "the system gives no random bytes");
        }
        out += got;
        count -= (size_t)got;
    }
    return true;
}

bool hb_text_random_hex(char *out, size_t count, struct hb_error *err)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char *bytes = (unsigned char *)out;
    if (!random_bytes(bytes, count, err)) {
        return false;
    }
    out[2 * count] = '\0';
    for (size_t i = count; i-- > 0;) {
        unsigned char byte = bytes[i];
        out[2 * i + 1] = digits[byte & 15];
        out[2 * i] = digits[byte >> 4];
    }
    return true;
}

bool hb_text_uuid(char out[HB_UUID_SIZE], struct hb_error *err)
{
    unsigned char b[16];
    if (!random_bytes(b, sizeof b, err)) {
        return false;
    }
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    snprintf(out, HB_UUID_SIZE,
             "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
             "%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
             b[11], b[12], b[13], b[14], b[15]);
    return true;
}

/* The system's own SHA-1, which takes a tenth of libgit2's time. That looks for
 * forged collisions too, as git does: what is stored is named by it. */
static bool hash_blob(const void *bytes, size_t len, git_oid *id)
{
    char head[32];
    unsigned char sum[EVP_MAX_MD_SIZE];
    int used = snprintf(head, sizeof head, "blob %zu", len) + 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL &&
              EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1 &&
              EVP_DigestUpdate(context, head, (size_t)used) == 1 &&
              EVP_DigestUpdate(context, bytes, len) == 1 &&
              EVP_DigestFinal_ex(context, sum, NULL) == 1;
    EVP_MD_CTX_free(context);
    if (ok) {
        git_oid_fromraw(id, sum);
    }
    return ok;
}

void hb_text_blob_id(const void *bytes, size_t len, char out[HB_OID_SIZE])
{
    git_oid id;
    if (!hash_blob(bytes, len, &id)) {
        git_odb_hash(&id, bytes, len, GIT_OBJECT_BLOB);
    }
    git_oid_tostr(out, HB_OID_SIZE, &id);
}
