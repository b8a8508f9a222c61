/*
 * Reading JSON in place: a span is one value of a text that hb_json_scan() has
 * found good; nothing here checks again. No tree is built, so what a message
 * costs is its own length, whatever stands in it.
 *
 * A span borrows the text. Pure. Thread: any.
 */
#ifndef HB_WIRE_SPAN_H
#define HB_WIRE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_span {
    const char *at; /* NULL: no value */
    size_t len;     /* quotes, brackets and braces included */
};

/* The value that a text with white space around it holds. */
struct hb_span hb_span_of(const char *text, size_t len);

bool hb_span_is_object(struct hb_span span);
bool hb_span_is_array(struct hb_span span);
bool hb_span_is_text(struct hb_span span);

/* Walks the members of an object:
 *     struct hb_span rest = object, name, value;
 *     while (hb_span_next(&rest, &name, &value)) { … }  */
bool hb_span_next(struct hb_span *rest, struct hb_span *name,
                  struct hb_span *value);

/* The member of that name, or a span with at == NULL. */
struct hb_span hb_span_member(struct hb_span object, const char *name);

/* A text, escapes resolved, with a NUL behind it that *len (may be NULL) does
 * not count. Freed by the caller; NULL where it is not a text or memory is out.
 */
char *hb_span_text(struct hb_span span, size_t *len);

/* True where the span is a text and equals the word. */
bool hb_span_equals(struct hb_span span, const char *word);

/* For texts: equal when, escapes resolved, they are the same; the hashes of
 * equal ones are equal. */
bool hb_span_same(struct hb_span a, struct hb_span b);
uint64_t hb_span_hash(struct hb_span span);

/* False where it is not an integer: a fraction, an exponent, another type. */
bool hb_span_integer(struct hb_span span, int64_t *value);

/* False where it is not true or false. */
bool hb_span_flag(struct hb_span span, bool *value);

#endif
