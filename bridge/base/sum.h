/*
 * A sum of bytes, FNV-1a in 64 bits: tells what is damaged or different by
 * accident, not by intent. Thread: any.
 */
#ifndef HB_BASE_SUM_H
#define HB_BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of nothing. */
#define HB_SUM_START 14695981039346656037u

/* `sum` carried on over more bytes. */
static inline uint64_t hb_sum(uint64_t sum, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        sum = (sum ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    }
    return sum;
}

#endif
