#include "wire/writer.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"
#define MICROSECONDS 1000000
/* Seconds beyond this are written as this: some 30,000 years. */
#define SECONDS_MAX 1e12

static void add(struct hb_writer *writer, const char *bytes, size_t len)
{
    if (!hb_buffer_add(&writer->out, bytes, len)) {
        hb_out_of_memory();
    }
}

/* What comes before a value, and what must come after it. */
static void begin(struct hb_writer *writer)
{
    if (writer->comma) {
        add(writer, ",", 1);
    }
    writer->comma = true;
}

void hb_writer_open(struct hb_writer *writer, char bracket)
{
    begin(writer);
    add(writer, &bracket, 1);
    writer->comma = false;
}

void hb_writer_close(struct hb_writer *writer, char bracket)
{
    add(writer, &bracket, 1);
    writer->comma = true;
}

void hb_writer_key(struct hb_writer *writer, const char *name)
{
    hb_writer_text(writer, name);
    add(writer, ":", 1);
    writer->comma = false;
}

void hb_writer_text(struct hb_writer *writer, const char *text)
{
    hb_writer_bytes(writer, text, text == NULL ? 0 : strlen(text));
}

/* The length of the sequence of valid UTF-8 that begins with a byte above
 * 0x7F, or 0. */
static size_t sequence(const char *bytes, size_t len)
{
    unsigned char first = (unsigned char)bytes[0];
    size_t need = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    return need <= len && hb_text_is_utf8(bytes, need) ? need : 0;
}

/* Writes the one character at bytes and returns its length; *exact becomes
 * false where it had to be replaced. */
static size_t add_odd(struct hb_writer *writer, const char *bytes, size_t len,
                      bool *exact)
{
    unsigned char c = (unsigned char)bytes[0];
    static const char shorts[] = "\"\\\b\f\n\r\t";
    const char *found = c == '\0' ? NULL : strchr(shorts, c);
    if (found != NULL) {
        char escape[2] = {'\\', "\"\\bfnrt"[found - shorts]};
        add(writer, escape, sizeof escape);
        return 1;
    }
    if (c < 0x80 && c != '\0') {
        char escape[7];
        snprintf(escape, sizeof escape, "\\u%04x", c);
        add(writer, escape, 6);
        return 1;
    }
    size_t count = c == '\0' ? 0 : sequence(bytes, len);
    if (count == 0) {
        add(writer, REPLACEMENT, strlen(REPLACEMENT));
        *exact = false;
        return 1;
    }
    add(writer, bytes, count);
    return count;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

bool hb_writer_bytes(struct hb_writer *writer, const char *bytes, size_t len)
{
    bool exact = true;
    begin(writer);
    add(writer, "\"", 1);
    size_t at = 0;
    while (at < len) {
        size_t plain = at;
        while (plain < len && is_plain((unsigned char)bytes[plain])) {
            plain++;
        }
        add(writer, bytes + at, plain - at);
        at = plain;
        if (at < len) {
            at += add_odd(writer, bytes + at, len - at, &exact);
        }
    }
    add(writer, "\"", 1);
    return exact;
}

void hb_writer_integer(struct hb_writer *writer, int64_t value)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%" PRId64, value);
    begin(writer);
    add(writer, text, (size_t)len);
}

/* Rounded to what is written; what is no number is 0. */
static int64_t to_micro(double seconds)
{
    if (seconds != seconds) {
        return 0;
    }
    double near = seconds > SECONDS_MAX    ? SECONDS_MAX
                  : seconds < -SECONDS_MAX ? -SECONDS_MAX
                                           : seconds;
    return (int64_t)(near * MICROSECONDS + (near < 0 ? -0.5 : 0.5));
}

void hb_writer_seconds(struct hb_writer *writer, double value)
{
    int64_t micro = to_micro(value);
    bool negative = micro < 0;
    micro = negative ? -micro : micro;
    char text[40];
    int len =
        snprintf(text, sizeof text, "%s%" PRId64 ".%06d", negative ? "-" : "",
                 micro / MICROSECONDS, (int)(micro % MICROSECONDS));
    while (text[len - 1] == '0') {
        len--;
    }
    if (text[len - 1] == '.') {
        len--;
    }
    begin(writer);
    add(writer, text, (size_t)len);
}

void hb_writer_flag(struct hb_writer *writer, bool value)
{
    hb_writer_raw(writer, value ? "true" : "false");
}

void hb_writer_raw(struct hb_writer *writer, const char *json)
{
    begin(writer);
    add(writer, json, strlen(json));
}

void hb_writer_put_text(struct hb_writer *writer, const char *name,
                        const char *text)
{
    if (text != NULL && text[0] != '\0') {
        hb_writer_key(writer, name);
        hb_writer_text(writer, text);
    }
}

void hb_writer_put_integer(struct hb_writer *writer, const char *name,
                           int64_t value)
{
    hb_writer_key(writer, name);
    hb_writer_integer(writer, value);
}

void hb_writer_put_flag(struct hb_writer *writer, const char *name, bool value)
{
    hb_writer_key(writer, name);
    hb_writer_flag(writer, value);
}

void hb_writer_put_seconds(struct hb_writer *writer, const char *name,
                           double value)
{
    if (value >= 0) {
        hb_writer_key(writer, name);
        hb_writer_seconds(writer, value);
    }
}

void hb_writer_put_time(struct hb_writer *writer, const char *name,
                        int64_t wall_ms)
{
    if (wall_ms != 0) {
        char text[HB_TIME_SIZE];
        hb_clock_format(wall_ms, text);
        hb_writer_put_text(writer, name, text);
    }
}

char *hb_writer_take(struct hb_writer *writer)
{
    writer->comma = false;
    return hb_buffer_take(&writer->out);
}
