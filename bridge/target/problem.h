/*
 * Sentences about what is wrong. Thread: any.
 */
#ifndef HB_TARGET_PROBLEM_H
#define HB_TARGET_PROBLEM_H

#include "base/alloc.h"

void hb_problem(struct hb_strings *problems, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
