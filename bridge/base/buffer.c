#include "base/buffer.h"

#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool hb_buffer_add(struct hb_buffer *buffer, const void *bytes, size_t len)
{
    if (buffer->max != 0 && len > buffer->max - buffer->len) {
        return false;
    }
    if (buffer->size - buffer->len <= len) {
        size_t size = buffer->size == 0 ? 256 : buffer->size * 2;
        if (size < buffer->len + len + 1) {
            size = buffer->len + len + 1;
        }
        char *data = realloc(buffer->data, size);
        if (data == NULL && buffer->max == 0) {
            hb_out_of_memory();
        }
        if (data == NULL) {
            return false;
        }
        buffer->data = data;
        buffer->size = size;
    }
    if (len != 0) {
        memcpy(buffer->data + buffer->len, bytes, len);
    }
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
    return true;
}

void hb_buffer_print(struct hb_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = hb_vformat(format, args);
    va_end(args);
    hb_buffer_add(buffer, text, strlen(text));
    free(text);
}

void hb_buffer_drop(struct hb_buffer *buffer, size_t count)
{
    if (count >= buffer->len) {
        buffer->len = 0;
    } else {
        memmove(buffer->data, buffer->data + count, buffer->len - count);
        buffer->len -= count;
    }
    if (buffer->data != NULL) {
        buffer->data[buffer->len] = '\0';
    }
}

const char *hb_buffer_text(const struct hb_buffer *buffer)
{
    return buffer->data == NULL ? "" : buffer->data;
}

char *hb_buffer_take(struct hb_buffer *buffer)
{
    char *text = buffer->data == NULL ? hb_strdup("") : buffer->data;
    buffer->data = NULL;
    buffer->len = 0;
    buffer->size = 0;
    return text;
}

void hb_buffer_release(struct hb_buffer *buffer)
{
    free(buffer->data);
    buffer->data = NULL;
    buffer->len = 0;
    buffer->size = 0;
}
