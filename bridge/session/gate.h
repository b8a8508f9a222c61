/*
 * Who may come in: decided from the headers of an upgrade, before anything
 * else is looked at. Pure. Thread: any.
 */
#ifndef HB_SESSION_GATE_H
#define HB_SESSION_GATE_H

#include <stdbool.h>

/* The values as they came; NULL where the header was absent. A header that
 * came twice has both values in one text and so matches nothing. */
struct hb_gate_request {
    const char *target; /* of a GET; NULL for any other method */
    const char *version;
    const char *host;
    const char *origin;
    const char *authorization;
    const char *subprotocol;
};

/* 0: come in; else the HTTP status to refuse with: 400 for what is not
 * "GET / HTTP/1.1", a Host that is not ours or another subprotocol, 403 for
 * any Origin, 401 for no or a wrong token. */
int hb_gate_check(const struct hb_gate_request *request, int port,
                  const char *token);

/* Takes as long for a wrong text as for the right one. */
bool hb_gate_same(const char *given, const char *secret);

#endif
