/*
 * Any bytes as one line of UTF-8 text and back: control characters and bytes
 * that are not UTF-8 become \xNN, a backslash \\; in a word, spaces too, and
 * the empty word is "-". Pure.
 */
#ifndef HB_HISTORY_ESCAPE_H
#define HB_HISTORY_ESCAPE_H

#include "base/buffer.h"

void hb_escape_text(struct hb_buffer *out, const char *text, size_t len);
void hb_escape_word(struct hb_buffer *out, const char *word);

/* The inverse; freed by the caller. NUL bytes end the text. */
char *hb_unescape_text(const char *text, size_t len);

/* Takes the next word off *text (spaces before it are passed over). NULL when
 * none is left. Freed by the caller. */
char *hb_unescape_word(const char **text);

#endif
