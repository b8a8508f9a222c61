/*
 * Whether a text is JSON as RFC 8259 has it, and as this protocol narrows it:
 * UTF-8 without a byte order mark, at most HB_WIRE_DEPTH_MAX levels and
 * HB_WIRE_MEMBERS_MAX members an object, no two of one name (escapes
 * resolved), no \u0000, no lone surrogate, integers of 64 bits, other numbers
 * below 1e308, nothing behind the value.
 *
 * Linear in the text's length, and no memory but the stack's. Pure.
 * Thread: any.
 */
#ifndef HB_WIRE_SCAN_H
#define HB_WIRE_SCAN_H

#include "base/error.h"
#include "wire/span.h"

/* False with HB_EPARSE, which names the byte (from 1) and the rule. *id (may
 * be NULL) becomes the member "id" of the outermost object as far as it was
 * read before a fault, which a text cut short leaves known; at == NULL: none.
 * It may be any kind of value. */
bool hb_json_scan(const char *bytes, size_t len, struct hb_span *id,
                  struct hb_error *err);

#endif
