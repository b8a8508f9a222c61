/*
 * Allocation that does not fail: these abort when memory is out. For sizes
 * that come from outside use malloc() and report HB_EIO instead.
 */
#ifndef HB_BASE_ALLOC_H
#define HB_BASE_ALLOC_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

/* Says so and aborts: what was recorded is durable, so a new bridge takes it
 * up where it stood. */
_Noreturn void hb_out_of_memory(void);

void *hb_alloc(size_t size); /* zeroed */
void *hb_realloc_array(void *old, size_t count, size_t size);
char *hb_strdup(const char *text);              /* NULL gives NULL */
char *hb_strndup(const char *text, size_t len); /* text must not be NULL */
char *hb_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *hb_vformat(const char *format, va_list args)
    __attribute__((format(printf, 1, 0)));

/* Frees *text and puts a copy of value (which may be NULL) there. */
void hb_replace(char **text, const char *value);

/* A list of strings that owns them. Zero-initialised it is empty. */
struct hb_strings {
    char **items;
    size_t count;
};

void hb_strings_add(struct hb_strings *list, const char *text);
bool hb_strings_has(const struct hb_strings *list, const char *text);
void hb_strings_copy(struct hb_strings *to, const struct hb_strings *from);
void hb_strings_release(struct hb_strings *list);

#endif
