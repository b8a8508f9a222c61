/*
 * One member's value: JSON -> the field of hb_request that its kind has.
 */
#ifndef HB_WIRE_VALUE_H
#define HB_WIRE_VALUE_H

#include "base/error.h"
#include "wire/member.h"
#include "wire/span.h"

/* What such a value is, for people: "a UUID". */
const char *hb_kind_words(enum hb_kind kind);

/* False with HB_EPARAMS, or HB_EIO where there is no memory for a source;
 * `place` is the member's name for the message. Not for objects. */
bool hb_value_read(const struct hb_member *member, struct hb_span value,
                   const char *place, struct hb_request *request,
                   struct hb_error *err);

#endif
