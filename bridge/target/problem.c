#include "target/problem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void hb_problem(struct hb_strings *problems, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = hb_vformat(format, args);
    va_end(args);
    hb_strings_add(problems, text);
    free(text);
}
