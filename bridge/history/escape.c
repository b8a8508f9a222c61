#include "history/escape.h"

#include "base/alloc.h"
#include "base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes at text, of at most len, are one code point of UTF-8. */
static size_t point(const char *text, size_t len)
{
    for (size_t size = 1; size <= 4 && size <= len; size++) {
        if (hb_text_is_utf8(text, size)) {
            return size;
        }
    }
    return 0;
}

static void escape(struct hb_buffer *out, const char *text, size_t len,
                   bool word)
{
    while (len > 0) {
        unsigned char byte = (unsigned char)text[0];
        size_t size = point(text, len);
        if (byte == '\\') {
            hb_buffer_print(out, "\\\\");
            size = 1;
        } else if (size == 0 || byte < ' ' || byte == 0x7F ||
                   (word && byte == ' ')) {
            hb_buffer_print(out, "\\x%02x", byte);
            size = 1;
        } else {
            hb_buffer_add(out, text, size);
        }
        text += size;
        len -= size;
    }
}

void hb_escape_text(struct hb_buffer *out, const char *text, size_t len)
{
    escape(out, text, len, false);
}

void hb_escape_word(struct hb_buffer *out, const char *word)
{
    if (word[0] == '\0') {
        hb_buffer_print(out, "-");
    } else if (strcmp(word, "-") == 0) {
        hb_buffer_print(out, "\\x2d");
    } else {
        escape(out, word, strlen(word), true);
    }
}

char *hb_unescape_text(const char *text, size_t len)
{
    char *out = hb_alloc(len + 1);
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && i + 3 < len && text[i + 1] == 'x' &&
            isxdigit((unsigned char)text[i + 2]) &&
            isxdigit((unsigned char)text[i + 3])) {
            char digits[3] = {text[i + 2], text[i + 3], '\0'};
            out[used++] = (char)strtol(digits, NULL, 16);
            i += 3;
        } else if (text[i] == '\\' && i + 1 < len && text[i + 1] == '\\') {
            out[used++] = '\\';
            i++;
        } else {
            out[used++] = text[i];
        }
    }
    return out;
}

char *hb_unescape_word(const char **text)
{
    const char *begin = *text + strspn(*text, " ");
    size_t len = strcspn(begin, " ");
    if (len == 0) {
        return NULL;
    }
    *text = begin + len;
    return len == 1 && begin[0] == '-' ? hb_strdup("")
                                       : hb_unescape_text(begin, len);
}
