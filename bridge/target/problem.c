#include "target/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hb_problem(struct hb_strings *problems, const char *format, ...)
{
    char *text = NULL;
    va_list args;
    va_start(args, format);
    if (vasprintf(&text, format, args) < 0) {
        abort();
    }
    va_end(args);
    hb_strings_add(problems, text);
    free(text);
}
