#include "wire/scan.h"

#include "base/text.h"
#include "wire/limits.h"

#include <string.h>

/* Where a decimal number stops fitting a double, as a power of ten. */
#define EXPONENT_MAX 308
/* Exponents are counted up to here; far beyond what any digits can undo. */
#define EXPONENT_CAP 1000000000L

struct scan {
    const char *start;
    const char *at;
    const char *end;
    int depth;
    struct hb_span id;
    struct hb_error *err;
};

struct name {
    uint64_t hash;
    struct hb_span span;
};

static bool scan_value(struct scan *scan);

static bool fault(struct scan *scan, const char *what)
{
    return hb_error_set(scan->err, HB_EPARSE,
                        "the message is not valid JSON at byte %zu: %s",
                        (size_t)(scan->at - scan->start) + 1, what);
}

/* The byte that comes next, NUL at the end (where NUL is refused anyway). */
static char peek(const struct scan *scan)
{
    return scan->at < scan->end ? *scan->at : '\0';
}

static void skip_space(struct scan *scan)
{
    while (scan->at < scan->end && (*scan->at == ' ' || *scan->at == '\n' ||
                                    *scan->at == '\t' || *scan->at == '\r')) {
        scan->at++;
    }
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Four hex digits behind "\u", or -1. */
static int read_hex4(const struct scan *scan, const char *at)
{
    if (scan->end - at < 4) {
        return -1;
    }
    int value = 0;
    for (int i = 0; i < 4; i++) {
        char c = at[i];
        if (is_digit(c)) {
            value = value * 16 + (c - '0');
        } else if ((c | 32) >= 'a' && (c | 32) <= 'f') {
            value = value * 16 + ((c | 32) - 'a' + 10);
        } else {
            return -1;
        }
    }
    return value;
}

static bool scan_unicode_escape(struct scan *scan)
{
    int unit = read_hex4(scan, scan->at + 2);
    if (unit < 0) {
        return fault(scan, "\\u is followed by four hex digits");
    }
    if (unit == 0) {
        return fault(scan, "\\u0000 is not allowed");
    }
    if (unit < 0xD800 || unit > 0xDFFF) {
        scan->at += 6;
        return true;
    }
    int low = -1;
    if (unit < 0xDC00 && scan->end - scan->at >= 12 && scan->at[6] == '\\' &&
        scan->at[7] == 'u') {
        low = read_hex4(scan, scan->at + 8);
    }
    if (low < 0xDC00 || low > 0xDFFF) {
        return fault(scan, "a surrogate stands alone");
    }
    scan->at += 12;
    return true;
}

static bool scan_escape(struct scan *scan)
{
    if (scan->end - scan->at < 2) {
        return fault(scan, "the text ends within an escape");
    }
    char kind = scan->at[1];
    if (kind == 'u') {
        return scan_unicode_escape(scan);
    }
    if (kind == '\0' || strchr("\"\\/bfnrt", kind) == NULL) {
        return fault(scan, "there is no such escape");
    }
    scan->at += 2;
    return true;
}

static bool scan_text(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->end) {
        unsigned char c = (unsigned char)*scan->at;
        if (c == '"') {
            scan->at++;
            return true;
        }
        if (c < 0x20) {
            return fault(scan, "a control character must be escaped");
        }
        if (c == '\\') {
            if (!scan_escape(scan)) {
                return false;
            }
        } else {
            scan->at++;
        }
    }
    return fault(scan, "a text does not end");
}

/* How many digits there are; scan->at moves behind them. */
static long scan_digits(struct scan *scan)
{
    const char *first = scan->at;
    while (is_digit(peek(scan))) {
        scan->at++;
    }
    return (long)(scan->at - first);
}

static bool fits_integer(const char *digits, long count, bool negative)
{
    const char *most = negative ? "9223372036854775808" : "9223372036854775807";
    return count < 19 || (count == 19 && memcmp(digits, most, 19) <= 0);
}

/* The exponent that is written out, EXPONENT_CAP at most. */
static bool scan_exponent(struct scan *scan, long *exponent)
{
    scan->at++;
    bool negative = peek(scan) == '-';
    if (negative || peek(scan) == '+') {
        scan->at++;
    }
    const char *digits = scan->at;
    long count = scan_digits(scan);
    if (count == 0) {
        return fault(scan, "an exponent has digits");
    }
    long value = 0;
    for (long i = 0; i < count && value < EXPONENT_CAP; i++) {
        value = value * 10 + (digits[i] - '0');
    }
    *exponent = negative ? -value : value;
    return true;
}

/* The power of ten of a number's first digit that is not 0, *zero where there
 * is none. */
static long leading_power(const char *whole, long whole_count,
                          const char *fraction, long fraction_count, bool *zero)
{
    *zero = false;
    if (whole[0] != '0') {
        return whole_count - 1;
    }
    for (long i = 0; i < fraction_count; i++) {
        if (fraction[i] != '0') {
            return -i - 1;
        }
    }
    *zero = true;
    return 0;
}

static bool scan_number(struct scan *scan)
{
    bool negative = peek(scan) == '-';
    scan->at += negative;
    const char *whole = scan->at;
    long whole_count = scan_digits(scan);
    if (whole_count == 0) {
        return fault(scan, "a number has digits");
    }
    if (whole[0] == '0' && whole_count > 1) {
        return fault(scan, "a number does not begin with 0");
    }
    char next = peek(scan);
    if (next != '.' && next != 'e' && next != 'E') {
        return fits_integer(whole, whole_count, negative) ||
               fault(scan, "the integer is out of range");
    }
    const char *fraction = scan->at;
    long fraction_count = 0;
    if (next == '.') {
        scan->at++;
        fraction = scan->at;
        fraction_count = scan_digits(scan);
        if (fraction_count == 0) {
            return fault(scan, "digits follow the point of a number");
        }
    }
    long exponent = 0;
    if ((peek(scan) == 'e' || peek(scan) == 'E') &&
        !scan_exponent(scan, &exponent)) {
        return false;
    }
    bool zero;
    long power =
        leading_power(whole, whole_count, fraction, fraction_count, &zero);
    if (!zero && power + exponent >= EXPONENT_MAX) {
        return fault(scan, "the number is out of range");
    }
    return true;
}

static bool scan_word(struct scan *scan, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(scan->end - scan->at) < len ||
        memcmp(scan->at, word, len) != 0) {
        return fault(scan, "a value was expected");
    }
    scan->at += len;
    return true;
}

static bool scan_name(struct scan *scan, struct name names[], int count)
{
    if (peek(scan) != '"') {
        return fault(scan, "a member's name in double quotes was expected");
    }
    const char *first = scan->at;
    if (!scan_text(scan)) {
        return false;
    }
    struct name *name = &names[count];
    name->span = (struct hb_span){first, (size_t)(scan->at - first)};
    name->hash = hb_span_hash(name->span);
    for (int i = 0; i < count; i++) {
        if (names[i].hash == name->hash &&
            hb_span_same(names[i].span, name->span)) {
            if (scan->depth == 1 && hb_span_equals(name->span, "id")) {
                scan->id.at = NULL; /* which of the two is meant? */
            }
            scan->at = first;
            return fault(scan, "two members of one object have this name");
        }
    }
    skip_space(scan);
    if (peek(scan) != ':') {
        return fault(scan, "a colon was expected");
    }
    scan->at++;
    return true;
}

static bool scan_object(struct scan *scan)
{
    struct name names[HB_WIRE_MEMBERS_MAX];
    int count = 0;
    scan->at++;
    skip_space(scan);
    if (peek(scan) == '}') {
        scan->at++;
        return true;
    }
    for (;; scan->at++) {
        skip_space(scan);
        if (count == HB_WIRE_MEMBERS_MAX) {
            return fault(scan, "the object has too many members");
        }
        if (!scan_name(scan, names, count)) {
            return false;
        }
        skip_space(scan);
        const char *first = scan->at;
        if (!scan_value(scan)) {
            return false;
        }
        /* A number that the text's end follows may have been cut short. */
        if (scan->depth == 1 && scan->at < scan->end &&
            hb_span_equals(names[count].span, "id")) {
            scan->id = (struct hb_span){first, (size_t)(scan->at - first)};
        }
        count++;
        skip_space(scan);
        if (peek(scan) == '}') {
            scan->at++;
            return true;
        }
        if (peek(scan) != ',') {
            return fault(scan, "a comma or a closing brace was expected");
        }
    }
}

static bool scan_array(struct scan *scan)
{
    scan->at++;
    skip_space(scan);
    if (peek(scan) == ']') {
        scan->at++;
        return true;
    }
    for (;; scan->at++) {
        skip_space(scan);
        if (!scan_value(scan)) {
            return false;
        }
        skip_space(scan);
        if (peek(scan) == ']') {
            scan->at++;
            return true;
        }
        if (peek(scan) != ',') {
            return fault(scan, "a comma or a closing bracket was expected");
        }
    }
}

static bool scan_value(struct scan *scan)
{
    char first = peek(scan);
    switch (first) {
    case '"': return scan_text(scan);
    case 't': return scan_word(scan, "true");
    case 'f': return scan_word(scan, "false");
    case 'n': return scan_word(scan, "null");
    case '{':
    case '[': break;
    default:
        return first == '-' || is_digit(first)
                   ? scan_number(scan)
                   : fault(scan, "a value was expected");
    }
    if (scan->depth == HB_WIRE_DEPTH_MAX) {
        return fault(scan, "there are too many levels");
    }
    scan->depth++;
    bool good = first == '{' ? scan_object(scan) : scan_array(scan);
    scan->depth--;
    return good;
}

bool hb_json_scan(const char *bytes, size_t len, struct hb_span *id,
                  struct hb_error *err)
{
    struct scan scan = {
        .start = bytes, .at = bytes, .end = bytes + len, .err = err};
    bool good;
    if (!hb_text_is_utf8(bytes, len)) {
        good = hb_error_set(err, HB_EPARSE, "the message is not UTF-8");
    } else {
        skip_space(&scan);
        good = scan_value(&scan);
    }
    if (good) {
        skip_space(&scan);
        good = scan.at == scan.end ||
               fault(&scan, "nothing may follow the message");
    }
    if (id != NULL) {
        *id = scan.id;
    }
    return good;
}
