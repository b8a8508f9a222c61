/*
 * The values of the configuration that are more than a word. Pure.
 * Thread: any.
 */
#ifndef HB_TARGET_VALUES_H
#define HB_TARGET_VALUES_H

#include <stdbool.h>
#include <stddef.h>

/* What confirmTimeout may be, in seconds. */
#define HB_TIMEOUT_MIN 1.0
#define HB_TIMEOUT_MAX 3600.0

/* What maxModuleSize may be, in bytes. A message carries 8 MiB, and a source
 * grows where JSON escapes it. */
#define HB_SIZE_MIN 1u
#define HB_SIZE_MAX (6u * 1024 * 1024)

/* "30s", "2m", "500ms", "1h", or bare seconds; a fraction is fine. False when
 * it is none of them or out of bounds. */
bool hb_value_duration(const char *text, double *seconds);

/* "4096", "512k", "2m" (powers of 1024). */
bool hb_value_size(const char *text, size_t *bytes);

#endif
