#include "confirm/names.h"

#include "base/buffer.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* One escape of a Python string; gives how many bytes of text it took. */
static size_t unescape(const char *text, struct hb_buffer *out)
{
    if (text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
        isxdigit((unsigned char)text[3])) {
        const char digits[] = {text[2], text[3], '\0'};
        unsigned value = (unsigned)strtoul(digits, NULL, 16);
        const char coded[] = {(char)(0xC0 | value >> 6),
                              (char)(0x80 | (value & 0x3F))};
        const char plain = (char)value;
        if (value >= 0x80) {
            hb_buffer_add(out, coded, 2);
        } else if (value > 0) {
            hb_buffer_add(out, &plain, 1);
        }
        return 4;
    }
    const char *plain = strchr("n\nt\tr\r", text[1]);
    if (text[1] != '\0' && plain != NULL &&
        (text[1] == 'n' || text[1] == 't' || text[1] == 'r')) {
        hb_buffer_add(out, plain + 1, 1);
    } else if (text[1] != '\0') {
        hb_buffer_add(out, text + 1, 1);
    } else {
        return 1;
    }
    return 2;
}

void hb_names_read(const char *text, struct hb_strings *names)
{
    if (text[0] != '[') {
        return;
    }
    text++;
    while (names->count < HB_NAMES_MAX) {
        text += strspn(text, " ,");
        char quote = *text;
        if (quote != '\'' && quote != '"') {
            return;
        }
        struct hb_buffer name = {0};
        for (text++; *text != quote && *text != '\0';) {
            if (*text == '\\') {
                text += unescape(text, &name);
            } else {
                hb_buffer_add(&name, text++, 1);
            }
        }
        if (*text == quote) {
            hb_strings_add(names, hb_buffer_text(&name));
            text++;
        }
        hb_buffer_release(&name);
    }
}
