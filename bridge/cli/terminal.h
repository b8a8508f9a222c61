/*
 * What a terminal can show, and text made safe for one. Thread: any.
 */
#ifndef HB_CLI_TERMINAL_H
#define HB_CLI_TERMINAL_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum hb_colour {
    HB_PLAIN,
    HB_BOLD,
    HB_DIM,
    HB_GREEN,
    HB_YELLOW,
    HB_RED,
    HB_CYAN,
};

/* The stream is a terminal that may be drawn on: not with NO_COLOR set, nor
 * with TERM=dumb or without TERM. */
bool hb_terminal_lively(FILE *stream);

/* Columns of the terminal on stdout; 0 where it is none. */
size_t hb_terminal_width(void);

/* "" where `on` is false. */
const char *hb_terminal_begin(bool on, enum hb_colour colour);
const char *hb_terminal_end(bool on);

/* Adds text that came from outside: control characters, which could drive the
 * terminal, become '?', a line's end and a tab a space. NULL adds nothing. */
void hb_terminal_add(struct hb_buffer *out, const char *text);

/* The same, lines and tabs kept, every line but the first indented by that
 * many spaces. */
void hb_terminal_add_lines(struct hb_buffer *out, const char *text,
                           size_t indent);

/* Columns that valid UTF-8 takes up. */
size_t hb_terminal_columns(const char *text);

/* Adds at most that many columns, the last one an ellipsis when cut. */
void hb_terminal_add_cut(struct hb_buffer *out, const char *text,
                         size_t columns);

/* Adds spaces up to so many columns after text that was just added. */
void hb_terminal_pad(struct hb_buffer *out, const char *text, size_t columns);

#endif
