#include "base/alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void hb_out_of_memory(void)
{
    fputs("hotbridge: out of memory\n", stderr);
    abort();
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        hb_out_of_memory();
    }
    return memory;
}

void *hb_alloc(size_t size)
{
    return checked(calloc(1, size == 0 ? 1 : size));
}

void *hb_realloc_array(void *old, size_t count, size_t size)
{
    return checked(reallocarray(old, count == 0 ? 1 : count, size));
}

char *hb_strdup(const char *text)
{
    return text == NULL ? NULL : checked(strdup(text));
}

char *hb_strndup(const char *text, size_t len)
{
    return checked(strndup(text, len));
}

char *hb_vformat(const char *format, va_list args)
{
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0) {
        text = NULL;
    }
    return checked(text);
}

char *hb_format(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = hb_vformat(format, args);
    va_end(args);
    return text;
}

void hb_replace(char **text, const char *value)
{
    char *copy = hb_strdup(value);
    free(*text);
    *text = copy;
}

void hb_strings_add(struct hb_strings *list, const char *text)
{
    list->items =
        hb_realloc_array(list->items, list->count + 1, sizeof *list->items);
    list->items[list->count++] = hb_strdup(text);
}

bool hb_strings_has(const struct hb_strings *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

void hb_strings_copy(struct hb_strings *to, const struct hb_strings *from)
{
    *to = (struct hb_strings){0};
    for (size_t i = 0; i < from->count; i++) {
        hb_strings_add(to, from->items[i]);
    }
}

void hb_strings_release(struct hb_strings *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct hb_strings){0};
}
