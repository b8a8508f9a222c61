#include "session/gate.h"

#include "wire/limits.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* "Bearer", whose case does not matter, and one space (RFC 6750). */
#define SCHEME "Bearer "

bool hb_gate_same(const char *given, const char *secret)
{
    size_t len = strlen(secret);
    unsigned char differs = strlen(given) != len;
    const char *other = differs ? secret : given;
    for (size_t i = 0; i < len; i++) {
        differs |= (unsigned char)(other[i] ^ secret[i]);
    }
    return differs == 0;
}

static bool is_our_host(const char *host, int port)
{
    static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
    char right[32];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(right, sizeof right, "%s:%d", names[i], port);
        if (strcmp(host, right) == 0) {
            return true;
        }
    }
    return false;
}

static bool same(const char *given, const char *right)
{
    return given != NULL && strcmp(given, right) == 0;
}

int hb_gate_check(const struct hb_gate_request *request, int port,
                  const char *token)
{
    /* A target that names a host of its own would count instead of Host. */
    if (!same(request->target, "/") || !same(request->version, "HTTP/1.1") ||
        request->host == NULL || !is_our_host(request->host, port) ||
        !same(request->subprotocol, HB_SUBPROTOCOL)) {
        return 400;
    }
    if (request->origin != NULL) {
        return 403;
    }
    if (request->authorization == NULL ||
        strncasecmp(request->authorization, SCHEME, strlen(SCHEME)) != 0 ||
        !hb_gate_same(request->authorization + strlen(SCHEME), token)) {
        return 401;
    }
    return 0;
}
