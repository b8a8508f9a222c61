/*
 * Two clocks, never mixed: a monotonic one for durations and deadlines, and
 * the wall clock for what people read. Thread: any.
 */
#ifndef HB_BASE_CLOCK_H
#define HB_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since some moment of this boot; never goes backwards. */
double hb_clock_monotonic(void);

/* Milliseconds since 1970-01-01T00:00:00Z. */
int64_t hb_clock_wall(void);

/* Size of an RFC 3339 time with milliseconds and offset, with the NUL. */
#define HB_TIME_SIZE 40

/* "2026-11-23T14:03:07.412+01:00" in local time. */
void hb_clock_format(int64_t wall_ms, char out[HB_TIME_SIZE]);

/* Milliseconds since 1970 of an RFC 3339 time, or -1 if it is not one. */
int64_t hb_clock_parse(const char *text);

#endif
