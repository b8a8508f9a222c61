#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool hb_error_set(struct hb_error *err, enum hb_code code, const char *format,
                  ...)
{
    if (err == NULL || err->code != HB_OK) {
        return false;
    }
    err->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return false;
}

bool hb_error_errno(struct hb_error *err, enum hb_code code, int errnum,
                    const char *format, ...)
{
    if (err == NULL || err->code != HB_OK) {
        return false;
    }
    err->code = code;
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->message) {
        char text[128];
        /* The GNU form returns the text, which need not be in the buffer. */
        snprintf(err->message + used, sizeof err->message - (size_t)used,
                 ": %s", strerror_r(errnum, text, sizeof text));
    }
    return false;
}

void hb_error_clear(struct hb_error *err)
{
    if (err != NULL) {
        err->code = HB_OK;
        err->message[0] = '\0';
    }
}
