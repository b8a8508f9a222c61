#include "target/ini.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct span {
    const char *at;
    size_t len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct span trim(struct span span)
{
    while (span.len > 0 && is_blank(span.at[0])) {
        span.at++;
        span.len--;
    }
    while (span.len > 0 && is_blank(span.at[span.len - 1])) {
        span.len--;
    }
    return span;
}

static bool next_line(struct span *rest, struct span *line)
{
    if (rest->len == 0) {
        return false;
    }
    const char *end = memchr(rest->at, '\n', rest->len);
    size_t len = end == NULL ? rest->len : (size_t)(end - rest->at);
    size_t used = end == NULL ? len : len + 1;
    *line = trim((struct span){rest->at, len});
    rest->at += used;
    rest->len -= used;
    return true;
}

static struct span without_mark(const char *bytes, size_t len)
{
    bool mark = len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0;
    return mark ? (struct span){bytes + 3, len - 3} : (struct span){bytes, len};
}

/* Whether the line is a section's header, and of which. */
static bool read_section(struct span line, struct span *name)
{
    if (line.len < 2 || line.at[0] != '[') {
        return false;
    }
    const char *end = memchr(line.at, ']', line.len);
    if (end == NULL) {
        return false;
    }
    *name = trim((struct span){line.at + 1, (size_t)(end - line.at) - 1});
    return true;
}

static bool equals(struct span span, const char *text, bool any_case)
{
    size_t len = strlen(text);
    return span.len == len && (any_case ? strncasecmp(span.at, text, len)
                                        : memcmp(span.at, text, len)) == 0;
}

/* The value without a comment behind it, or without its quotes. */
static struct span clean_value(struct span value)
{
    value = trim(value);
    if (value.len >= 2 && (value.at[0] == '"' || value.at[0] == '\'')) {
        const char *end = memchr(value.at + 1, value.at[0], value.len - 1);
        if (end != NULL) {
            return (struct span){value.at + 1, (size_t)(end - value.at) - 1};
        }
    }
    for (size_t i = 0; i < value.len; i++) {
        bool sign = value.at[i] == '#' || value.at[i] == ';';
        if (sign && (i == 0 || is_blank(value.at[i - 1]))) {
            value.len = i;
        }
    }
    return trim(value);
}

char *hb_ini_get(const char *bytes, size_t len, const char *section,
                 const char *key)
{
    struct span rest = without_mark(bytes, len);
    struct span line;
    struct span name;
    struct span found = {NULL, 0};
    bool inside = false;
    while (next_line(&rest, &line)) {
        if (line.len == 0 || line.at[0] == '#' || line.at[0] == ';') {
            continue;
        }
        if (read_section(line, &name)) {
            inside = equals(name, section, false);
            continue;
        }
        const char *sign = memchr(line.at, '=', line.len);
        if (!inside || sign == NULL) {
            continue;
        }
        size_t before = (size_t)(sign - line.at);
        if (equals(trim((struct span){line.at, before}), key, true)) {
            found = clean_value((struct span){sign + 1, line.len - before - 1});
        }
    }
    return found.at == NULL ? NULL : hb_strndup(found.at, found.len);
}

bool hb_ini_has_section(const char *bytes, size_t len, const char *section)
{
    struct span rest = without_mark(bytes, len);
    struct span line;
    struct span name;
    while (next_line(&rest, &line)) {
        if (read_section(line, &name) && equals(name, section, false)) {
            return true;
        }
    }
    return false;
}
