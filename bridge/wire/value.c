#include "wire/value.h"

#include "base/alloc.h"
#include "wire/limits.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that one byte of a text takes as written, at most: \u007f. */
#define ESCAPE_MAX 6

#define STRINGIFY(x) #x
#define NUMBER(x) STRINGIFY(x)
#define UP_TO(max) "a text of 1 to " NUMBER(max) " bytes, no control characters"

static const char *const words[] = {
    [HB_KIND_TEXT] = UP_TO(HB_WIRE_TEXT_MAX),
    [HB_KIND_NAME] = UP_TO(HB_WIRE_NAME_MAX),
    [HB_KIND_NONCE] = "a text of " NUMBER(HB_WIRE_NONCE_MIN) " to " NUMBER(
        HB_WIRE_NONCE_MAX) " bytes, no control characters",
    [HB_KIND_UUID] = "a UUID",
    [HB_KIND_TARGET] = "a target's name: lower-case letters, digits and . _ -",
    [HB_KIND_MODULE] = UP_TO(HB_WIRE_MODULE_MAX),
    [HB_KIND_COMMIT] = "a commit: " NUMBER(HB_WIRE_COMMIT_MIN) " to 40 hex "
                                                               "digits",
    [HB_KIND_SOURCE] = "a text",
    [HB_KIND_TRIGGER] = "save, manual or cli",
    [HB_KIND_NUMBER] = "an integer",
    [HB_KIND_LIMIT] = ("an integer from 1 to " NUMBER(HB_WIRE_LIST_MAX)),
    [HB_KIND_FLAG] = "true or false",
    [HB_KIND_ANSWER] = "true or false",
    [HB_KIND_OBJECT] = "an object",
};

const char *hb_kind_words(enum hb_kind kind)
{
    return words[kind];
}

static bool has_control(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x20 || c == 0x7F) {
            return true;
        }
    }
    return false;
}

static bool is_commit(const char *text)
{
    return strlen(text) >= HB_WIRE_COMMIT_MIN && hb_text_is_oid(text);
}

static void to_lower(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text + ('a' - 'A'));
        }
    }
}

/* Whether a text is one of its kind; those that have one canonical form are
 * brought to it. */
static bool check_text(enum hb_kind kind, char *text, size_t len)
{
    switch (kind) {
    case HB_KIND_UUID: to_lower(text); return hb_text_is_uuid(text);
    case HB_KIND_COMMIT: to_lower(text); return is_commit(text);
    case HB_KIND_TARGET: return hb_text_is_target(text);
    case HB_KIND_MODULE: return len >= 1 && len <= HB_WIRE_MODULE_MAX;
    case HB_KIND_NAME: return len >= 1 && len <= HB_WIRE_NAME_MAX;
    case HB_KIND_NONCE:
        return len >= HB_WIRE_NONCE_MIN && len <= HB_WIRE_NONCE_MAX;
    default: return len >= 1 && len <= HB_WIRE_TEXT_MAX;
    }
}

static bool read_text(enum hb_kind kind, struct hb_span value, char **field)
{
    /* What is too long even if all of it were escapes is not copied. */
    if (!hb_span_is_text(value) ||
        value.len > HB_WIRE_TEXT_MAX * ESCAPE_MAX + 2) {
        return false;
    }
    size_t len = 0;
    char *text = hb_span_text(value, &len);
    if (text == NULL) {
        hb_out_of_memory();
    }
    if (has_control(text, len) || !check_text(kind, text, len)) {
        free(text);
        return false;
    }
    *field = text;
    return true;
}

static bool read_trigger(struct hb_span value, enum hb_trigger *field)
{
    static const enum hb_trigger asked[] = {HB_TRIGGER_SAVE, HB_TRIGGER_MANUAL,
                                            HB_TRIGGER_CLI};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        if (hb_span_equals(value, hb_trigger_word(asked[i]))) {
            *field = asked[i];
            return true;
        }
    }
    return false;
}

static bool read_answer(struct hb_span value, enum hb_tristate *field)
{
    bool flag;
    if (!hb_span_flag(value, &flag)) {
        return false;
    }
    *field = flag ? HB_YES : HB_NO;
    return true;
}

/* An integer from least to most. */
static bool read_integer(struct hb_span value, int64_t least, int64_t most,
                         int64_t *number)
{
    return hb_span_integer(value, number) && *number >= least &&
           *number <= most;
}

static bool read_value(const struct hb_member *member, struct hb_span value,
                       struct hb_request *request)
{
    void *field = hb_member_field(member, request);
    int64_t number = 0;
    switch (member->kind) {
    case HB_KIND_TRIGGER: return read_trigger(value, field);
    case HB_KIND_FLAG: return hb_span_flag(value, field);
    case HB_KIND_ANSWER: return read_answer(value, field);
    case HB_KIND_NUMBER:
        if (!read_integer(value, INT_MIN, INT_MAX, &number)) {
            return false;
        }
        *(int *)field = (int)number;
        return true;
    case HB_KIND_LIMIT:
        if (!read_integer(value, 1, HB_WIRE_LIST_MAX, &number)) {
            return false;
        }
        *(size_t *)field = (size_t)number;
        return true;
    default: return read_text(member->kind, value, field);
    }
}

static bool read_source(struct hb_span value, const char *place,
                        struct hb_request *request, struct hb_error *err)
{
    if (!hb_span_is_text(value)) {
        return hb_error_set(err, HB_EPARAMS, "%s must be %s", place,
                            hb_kind_words(HB_KIND_SOURCE));
    }
    request->source = hb_span_text(value, &request->source_len);
    return request->source != NULL ||
           hb_error_set(err, HB_EIO,
                        "there is no memory for %s of %zu bytes: try again "
                        "later",
                        place, value.len);
}

bool hb_value_read(const struct hb_member *member, struct hb_span value,
                   const char *place, struct hb_request *request,
                   struct hb_error *err)
{
    if (member->kind == HB_KIND_SOURCE) {
        return read_source(value, place, request, err);
    }
    return read_value(member, value, request) ||
           hb_error_set(err, HB_EPARAMS, "%s must be %s", place,
                        hb_kind_words(member->kind));
}
