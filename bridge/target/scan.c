#include "target/scan.h"

#include "base/alloc.h"
#include "base/buffer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct cursor {
    const char *bytes;
    size_t len;
    size_t at;
    int line;
};

static int peek(const struct cursor *cursor)
{
    return cursor->at < cursor->len ? (unsigned char)cursor->bytes[cursor->at]
                                    : -1;
}

static int take(struct cursor *cursor)
{
    int byte = peek(cursor);
    if (byte >= 0) {
        cursor->at++;
        cursor->line += byte == '\n';
    }
    return byte;
}

static void skip_line(struct cursor *cursor)
{
    while (peek(cursor) >= 0 && peek(cursor) != '\n') {
        take(cursor);
    }
}

static struct hb_scan_item *add(struct hb_scan *scan, struct cursor *cursor)
{
    scan->items =
        hb_realloc_array(scan->items, scan->count + 1, sizeof *scan->items);
    struct hb_scan_item *item = &scan->items[scan->count++];
    *item = (struct hb_scan_item){.line = cursor->line, .start = cursor->at};
    return item;
}

static void put(struct hb_buffer *text, int byte)
{
    char c = (char)byte;
    hb_buffer_add(text, &c, 1);
}

/* [section], [section "sub section"] or [section.sub]. */
static char *read_header(struct cursor *cursor)
{
    struct hb_buffer name = {0};
    int byte;
    take(cursor);
    while ((byte = peek(cursor)) >= 0 && byte != ']' && byte != '\n') {
        take(cursor);
        if (byte != '"') {
            if (!isspace(byte)) {
                put(&name, tolower(byte));
            }
            continue;
        }
        put(&name, '.');
        while ((byte = peek(cursor)) >= 0 && byte != '"' && byte != '\n') {
            take(cursor);
            if (byte == '\\' && peek(cursor) >= 0 && peek(cursor) != '\n') {
                byte = take(cursor);
            }
            put(&name, byte);
        }
        if (byte == '"') {
            take(cursor);
        }
    }
    if (byte == ']') {
        take(cursor);
    }
    return hb_buffer_take(&name);
}

/* Up to the line's end; a backslash goes on with the next line, and a comment
 * sign in quotes is none. */
static void skip_value(struct hb_scan *scan, struct cursor *cursor)
{
    bool quoted = false;
    int byte;
    while ((byte = peek(cursor)) >= 0 && byte != '\n') {
        if (!quoted && (byte == '#' || byte == ';')) {
            skip_line(cursor);
            return;
        }
        take(cursor);
        if (byte == '"') {
            quoted = !quoted;
        } else if (byte == '\\') {
            int line = cursor->line;
            if (peek(cursor) == '\r') {
                take(cursor);
            }
            byte = take(cursor);
            if (byte == '\n' && scan->continued == 0) {
                scan->continued = line;
            }
            if (byte > 0 && strchr("nrtb\"\\\n", byte) == NULL &&
                scan->bad_escape == 0) {
                scan->bad_escape = line;
            }
        }
    }
}

static char *read_key(struct cursor *cursor)
{
    size_t start = cursor->at;
    while (isalnum(peek(cursor)) || peek(cursor) == '-') {
        take(cursor);
    }
    return hb_strndup(cursor->bytes + start, cursor->at - start);
}

static char *key_name(const char *section, const char *word)
{
    char *name = section[0] == '\0' ? hb_strdup(word)
                                    : hb_format("%s.%s", section, word);
    for (char *at = name + strlen(section); *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return name;
}

void hb_scan_read(struct hb_scan *scan, const char *bytes, size_t len)
{
    struct cursor cursor = {bytes, len, 0, 1};
    char *section = hb_strdup("");
    *scan = (struct hb_scan){0};
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        cursor.at = 3;
    }
    while (peek(&cursor) >= 0) {
        int byte = peek(&cursor);
        if (isspace(byte)) {
            take(&cursor);
        } else if (byte == '[') {
            struct hb_scan_item *item = add(scan, &cursor);
            free(section);
            section = read_header(&cursor);
            item->name = hb_strdup(section);
            item->end = cursor.at;
        } else if (isalpha(byte)) {
            struct hb_scan_item *item = add(scan, &cursor);
            item->word = read_key(&cursor);
            item->name = key_name(section, item->word);
            skip_value(scan, &cursor);
            item->end = cursor.at;
        } else {
            skip_line(&cursor);
        }
    }
    free(section);
}

void hb_scan_release(struct hb_scan *scan)
{
    for (size_t i = 0; i < scan->count; i++) {
        free(scan->items[i].name);
        free(scan->items[i].word);
    }
    free(scan->items);
    *scan = (struct hb_scan){0};
}

const struct hb_scan_item *hb_scan_find(const struct hb_scan *scan,
                                        const char *name, size_t *from)
{
    for (size_t i = *from; i < scan->count; i++) {
        const struct hb_scan_item *item = &scan->items[i];
        if (item->word != NULL && strcmp(item->name, name) == 0) {
            *from = i + 1;
            return item;
        }
    }
    return NULL;
}

bool hb_scan_is_target(const char *section, char **target)
{
    static const char prefix[] = "target.";
    size_t len = strlen(prefix);
    if (strncmp(section, prefix, len) != 0) {
        return false;
    }
    *target = hb_strdup(section + len);
    return true;
}
