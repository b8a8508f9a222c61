#include "cli/terminal.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool hb_terminal_lively(FILE *stream)
{
    const char *term = getenv("TERM");
    const char *no_colour = getenv("NO_COLOR");
    return isatty(fileno(stream)) == 1 && term != NULL && term[0] != '\0' &&
           strcmp(term, "dumb") != 0 &&
           (no_colour == NULL || no_colour[0] == '\0');
}

size_t hb_terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

const char *hb_terminal_begin(bool on, enum hb_colour colour)
{
    static const char *const codes[] = {
        [HB_PLAIN] = "",          [HB_BOLD] = "\033[1m",
        [HB_DIM] = "\033[2m",     [HB_GREEN] = "\033[32m",
        [HB_YELLOW] = "\033[33m", [HB_RED] = "\033[31m",
        [HB_CYAN] = "\033[36m",
    };
    return on ? codes[colour] : "";
}

const char *hb_terminal_end(bool on)
{
    return on ? "\033[0m" : "";
}

/* Bytes of a control character at text (C0, DEL, C1, and those that turn the
 * direction of writing), or 0. */
static size_t control_length(const unsigned char *text)
{
    if (text[0] < 0x20 || text[0] == 0x7F) {
        return 1;
    }
    if (text[0] == 0xC2 && text[1] >= 0x80 && text[1] < 0xA0) {
        return 2;
    }
    if (text[0] == 0xE2 &&
        ((text[1] == 0x80 && text[2] >= 0xAA && text[2] <= 0xAE) ||
         (text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9))) {
        return 3;
    }
    return 0;
}

static void add(struct hb_buffer *out, const char *text, bool lines,
                size_t indent)
{
    while (text != NULL && *text != '\0') {
        size_t len = control_length((const unsigned char *)text);
        if (*text == '\n' && lines) {
            hb_buffer_print(out, "\n%*s", (int)indent, "");
        } else if (*text == '\t' && lines) {
            hb_buffer_add(out, text, 1);
        } else if (*text == '\n' || *text == '\t') {
            hb_buffer_add(out, " ", 1);
        } else if (len > 0) {
            hb_buffer_add(out, "?", 1);
        } else {
            hb_buffer_add(out, text, 1);
        }
        text += len > 0 ? len : 1;
    }
}

void hb_terminal_add(struct hb_buffer *out, const char *text)
{
    add(out, text, false, 0);
}

void hb_terminal_add_lines(struct hb_buffer *out, const char *text,
                           size_t indent)
{
    add(out, text, true, indent);
}

size_t hb_terminal_columns(const char *text)
{
    return hb_text_points(text, strlen(text));
}

void hb_terminal_add_cut(struct hb_buffer *out, const char *text,
                         size_t columns)
{
    struct hb_buffer clean = {0};
    hb_terminal_add(&clean, text);
    const char *from = hb_buffer_text(&clean);
    if (hb_terminal_columns(from) <= columns) {
        hb_buffer_add(out, from, strlen(from));
    } else if (columns > 0) {
        size_t len = 0;
        for (size_t seen = 0; from[len] != '\0'; len++) {
            bool begins = ((unsigned char)from[len] & 0xC0) != 0x80;
            if (begins && ++seen == columns) {
                break;
            }
        }
        hb_buffer_add(out, from, len);
        hb_buffer_print(out, "…");
    }
    hb_buffer_release(&clean);
}

void hb_terminal_pad(struct hb_buffer *out, const char *text, size_t columns)
{
    for (size_t i = hb_terminal_columns(text); i < columns; i++) {
        hb_buffer_add(out, " ", 1);
    }
}
