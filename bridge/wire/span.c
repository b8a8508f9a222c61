#include "wire/span.h"

#include "base/sum.h"

#include <stdlib.h>
#include <string.h>

/* The bytes of a text, one after another, escapes resolved. */
struct reader {
    const char *at;
    const char *end;
    unsigned char more[4]; /* what is left of an escape's bytes */
    int more_count;
    int more_next;
};

static struct reader read_text(struct hb_span span)
{
    return (struct reader){.at = span.at + 1, .end = span.at + span.len - 1};
}

static unsigned hex4(const char *digits)
{
    unsigned value = 0;
    for (int i = 0; i < 4; i++) {
        int c = digits[i];
        value = value * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 32) - 'W');
    }
    return value;
}

static int put_point(unsigned point, unsigned char out[4])
{
    if (point < 0x80) {
        out[0] = (unsigned char)point;
        return 1;
    }
    int count = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (int i = count - 1; i > 0; i--) {
        out[i] = (unsigned char)(0x80 | (point & 0x3F));
        point >>= 6;
    }
    out[0] = (unsigned char)(lead[count] | point);
    return count;
}

/* The bytes of the escape at *at, which is moved behind it. */
static int resolve(const char **at, unsigned char out[4])
{
    char kind = (*at)[1];
    *at += 2;
    switch (kind) {
    case 'b': out[0] = '\b'; return 1;
    case 'f': out[0] = '\f'; return 1;
    case 'n': out[0] = '\n'; return 1;
    case 'r': out[0] = '\r'; return 1;
    case 't': out[0] = '\t'; return 1;
    case 'u': break;
    default: out[0] = (unsigned char)kind; return 1;
    }
    unsigned point = hex4(*at);
    *at += 4;
    if (point >= 0xD800 && point < 0xDC00) {
        point = 0x10000 + ((point - 0xD800) << 10) + (hex4(*at + 2) - 0xDC00);
        *at += 6;
    }
    return put_point(point, out);
}

/* The next byte, or -1. */
static int next_byte(struct reader *reader)
{
    if (reader->more_next < reader->more_count) {
        return reader->more[reader->more_next++];
    }
    if (reader->at >= reader->end) {
        return -1;
    }
    if (*reader->at != '\\') {
        return (unsigned char)*reader->at++;
    }
    reader->more_count = resolve(&reader->at, reader->more);
    reader->more_next = 1;
    return reader->more[0];
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at)) {
        at++;
    }
    return at;
}

/* Behind the text that begins at `at`. It was scanned: a quote ends it that an
 * even number of backslashes, or none, stands before. */
static const char *skip_text(const char *at, const char *end)
{
    const char *quote = at;
    const char *before;
    do {
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
        for (before = quote; before[-1] == '\\'; before--) {
        }
    } while ((quote - before) % 2 != 0);
    return quote + 1;
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at, const char *end)
{
    if (*at == '"') {
        return skip_text(at, end);
    }
    if (*at != '{' && *at != '[') {
        while (at < end && !is_space(*at) && *at != ',' && *at != '}' &&
               *at != ']') {
            at++;
        }
        return at;
    }
    int depth = 0;
    do {
        if (*at == '"') {
            at = skip_text(at, end);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth > 0);
    return at;
}

struct hb_span hb_span_of(const char *text, size_t len)
{
    const char *end = text + len;
    const char *at = skip_space(text, end);
    return (struct hb_span){at, (size_t)(skip_value(at, end) - at)};
}

static bool starts_with(struct hb_span span, char c)
{
    return span.at != NULL && *span.at == c;
}

bool hb_span_is_object(struct hb_span span)
{
    return starts_with(span, '{');
}

bool hb_span_is_array(struct hb_span span)
{
    return starts_with(span, '[');
}

bool hb_span_is_text(struct hb_span span)
{
    return starts_with(span, '"');
}

bool hb_span_next(struct hb_span *rest, struct hb_span *name,
                  struct hb_span *value)
{
    const char *end = rest->at + rest->len;
    /* At the object's brace, or at what follows a member. */
    const char *at = skip_space(rest->at, end);
    if (at == end || *at == '}') {
        return false;
    }
    at = skip_space(at + 1, end);
    if (*at == '}') {
        return false;
    }
    name->at = at;
    at = skip_text(at, end);
    name->len = (size_t)(at - name->at);
    at = skip_space(at, end);
    value->at = skip_space(at + 1, end);
    at = skip_value(value->at, end);
    value->len = (size_t)(at - value->at);
    *rest = (struct hb_span){at, (size_t)(end - at)};
    return true;
}

struct hb_span hb_span_member(struct hb_span object, const char *name)
{
    struct hb_span rest = object;
    struct hb_span found;
    struct hb_span value;
    while (hb_span_is_object(object) && hb_span_next(&rest, &found, &value)) {
        if (hb_span_equals(found, name)) {
            return value;
        }
    }
    return (struct hb_span){NULL, 0};
}

char *hb_span_text(struct hb_span span, size_t *len)
{
    if (!hb_span_is_text(span)) {
        return NULL;
    }
    /* Escapes only get shorter, and the quotes leave room for the NUL. */
    char *text = malloc(span.len);
    if (text == NULL) {
        return NULL;
    }
    char *out = text;
    const char *at = span.at + 1;
    const char *end = span.at + span.len - 1;
    while (at < end) {
        const char *escape = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((escape == NULL ? end : escape) - at);
        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (escape != NULL) {
            unsigned char bytes[4];
            int count = resolve(&at, bytes);
            memcpy(out, bytes, (size_t)count);
            out += count;
        }
    }
    *out = '\0';
    if (len != NULL) {
        *len = (size_t)(out - text);
    }
    return text;
}

bool hb_span_equals(struct hb_span span, const char *word)
{
    if (!hb_span_is_text(span)) {
        return false;
    }
    struct reader reader = read_text(span);
    int byte = next_byte(&reader);
    while (byte > 0 && byte == (unsigned char)*word) {
        word++;
        byte = next_byte(&reader);
    }
    return byte < 0 && *word == '\0';
}

bool hb_span_same(struct hb_span a, struct hb_span b)
{
    struct reader left = read_text(a);
    struct reader right = read_text(b);
    int byte = 0;
    while (byte >= 0) {
        byte = next_byte(&left);
        if (byte != next_byte(&right)) {
            return false;
        }
    }
    return true;
}

uint64_t hb_span_hash(struct hb_span span)
{
    struct reader reader = read_text(span);
    uint64_t hash = HB_SUM_START;
    for (int byte = next_byte(&reader); byte >= 0; byte = next_byte(&reader)) {
        unsigned char one = (unsigned char)byte;
        hash = hb_sum(hash, &one, 1);
    }
    return hash;
}

bool hb_span_integer(struct hb_span span, int64_t *value)
{
    if (span.at == NULL ||
        (*span.at != '-' && !(*span.at >= '0' && *span.at <= '9'))) {
        return false;
    }
    bool negative = *span.at == '-';
    uint64_t magnitude = 0; /* hb_json_scan() has seen that it fits */
    for (size_t i = negative; i < span.len; i++) {
        if (span.at[i] < '0' || span.at[i] > '9') {
            return false;
        }
        magnitude = magnitude * 10 + (uint64_t)(span.at[i] - '0');
    }
    *value = negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude;
    return true;
}

bool hb_span_flag(struct hb_span span, bool *value)
{
    *value = starts_with(span, 't');
    return *value || starts_with(span, 'f');
}
