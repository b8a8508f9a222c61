/*
 * JSON, written front to back into a buffer: commas and escapes are put by
 * themselves, the order of calls is the caller's business.
 *
 *     struct hb_writer writer = {0};
 *     hb_writer_open(&writer, '{');
 *     hb_writer_key(&writer, "seconds");
 *     hb_writer_seconds(&writer, 0.41);
 *     hb_writer_close(&writer, '}');
 *     return hb_writer_take(&writer);
 *
 * What comes out is valid whatever goes in: bytes that are not UTF-8, and
 * NUL, become U+FFFD; numbers do not depend on the locale. Aborts when memory
 * is out. Owned by the caller, who must take the text. Thread: any.
 */
#ifndef HB_WIRE_WRITER_H
#define HB_WIRE_WRITER_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_writer {
    struct hb_buffer out;
    bool comma; /* the next key or value needs one before it */
};

void hb_writer_open(struct hb_writer *writer, char bracket);
void hb_writer_close(struct hb_writer *writer, char bracket);
void hb_writer_key(struct hb_writer *writer, const char *name);

/* NULL is written as "". */
void hb_writer_text(struct hb_writer *writer, const char *text);
/* True where every byte could be written as it is. */
bool hb_writer_bytes(struct hb_writer *writer, const char *bytes, size_t len);
void hb_writer_integer(struct hb_writer *writer, int64_t value);
/* At most six decimals, no more than it needs. */
void hb_writer_seconds(struct hb_writer *writer, double value);
void hb_writer_flag(struct hb_writer *writer, bool value);
/* JSON text as it is. */
void hb_writer_raw(struct hb_writer *writer, const char *json);

/* A member whole; the text one is left out for NULL and "". */
void hb_writer_put_text(struct hb_writer *writer, const char *name,
                        const char *text);
void hb_writer_put_integer(struct hb_writer *writer, const char *name,
                           int64_t value);
void hb_writer_put_flag(struct hb_writer *writer, const char *name, bool value);
/* Left out where negative. */
void hb_writer_put_seconds(struct hb_writer *writer, const char *name,
                           double value);
/* A time of day in milliseconds, RFC 3339; left out for 0. */
void hb_writer_put_time(struct hb_writer *writer, const char *name,
                        int64_t wall_ms);

char *hb_writer_take(struct hb_writer *writer);

#endif
