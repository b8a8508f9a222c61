/*
 * Bytes that grow up to a limit. Owned by whoever embeds it; zero-initialised
 * with a limit set it is empty and usable. Always followed by a NUL that does
 * not count. Thread: any, one at a time.
 */
#ifndef HB_BASE_BUFFER_H
#define HB_BASE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct hb_buffer {
    char *data;  /* NULL while empty */
    size_t len;  /* bytes in use */
    size_t size; /* bytes allocated */
    size_t max;  /* most bytes that may be in use; 0: no limit */
};

/* Where there is a limit: false, with nothing changed, when it or memory does
 * not allow it. Elsewhere always true: aborts when memory is out. */
bool hb_buffer_add(struct hb_buffer *buffer, const void *bytes, size_t len);

/* As above. Not for buffers with a limit. */
void hb_buffer_print(struct hb_buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Drops the first count bytes. */
void hb_buffer_drop(struct hb_buffer *buffer, size_t count);

/* The text so far, never NULL; valid until the next change. */
const char *hb_buffer_text(const struct hb_buffer *buffer);

/* Hands the text over to the caller, who frees it; the buffer is empty. */
char *hb_buffer_take(struct hb_buffer *buffer);

void hb_buffer_release(struct hb_buffer *buffer);

#endif
