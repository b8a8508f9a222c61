/*
 * The methods and their parameters as one table, which reading a request
 * (message.c) and writing one (encode_request.c) both follow.
 */
#ifndef HB_WIRE_MEMBER_H
#define HB_WIRE_MEMBER_H

#include "wire/message.h"

#include <stdbool.h>
#include <stddef.h>

/* What a member holds, and with that the type of its field in hb_request. */
enum hb_kind {
    HB_KIND_TEXT,    /* char *: at most HB_WIRE_TEXT_MAX bytes */
    HB_KIND_NAME,    /* char *: at most HB_WIRE_NAME_MAX bytes */
    HB_KIND_NONCE,   /* char * */
    HB_KIND_UUID,    /* char *: lower case */
    HB_KIND_TARGET,  /* char * */
    HB_KIND_MODULE,  /* char * */
    HB_KIND_COMMIT,  /* char *: 4 to 40 hex digits, lower case */
    HB_KIND_SOURCE,  /* char *, with source_len */
    HB_KIND_TRIGGER, /* enum hb_trigger */
    HB_KIND_NUMBER,  /* int */
    HB_KIND_LIMIT,   /* size_t */
    HB_KIND_FLAG,    /* bool */
    HB_KIND_ANSWER,  /* enum hb_tristate */
    HB_KIND_OBJECT,  /* none: see inner */
};

/* A list of them ends with a name that is NULL. */
struct hb_member {
    const char *name;
    enum hb_kind kind;
    bool required;
    size_t offset;                 /* of the field in hb_request */
    const struct hb_member *inner; /* an object's own members */
};

/* Members of the longest list. */
#define HB_METHOD_MEMBERS_MAX 9

const struct hb_member *hb_method_members(enum hb_method method);

/* The field of a member; the cast is the kind's. */
static inline void *hb_member_field(const struct hb_member *member,
                                    const struct hb_request *request)
{
    return (char *)request + member->offset;
}

#endif
