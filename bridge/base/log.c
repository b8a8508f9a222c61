#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Longest line written, in bytes; longer ones are cut. */
#define LINE_MAX_BYTES 2048

static enum hb_log_level log_level = HB_LOG_INFO;

void hb_log_set_level(enum hb_log_level level)
{
    log_level = level;
}

void hb_log_write(enum hb_log_level level, const char *module,
                  const char *format, ...)
{
    static const char *const words[] = {"error", "warning", "info", "debug"};
    if (level > log_level) {
        return;
    }
    char line[LINE_MAX_BYTES];
    struct timespec now;
    struct tm local;
    clock_gettime(CLOCK_REALTIME, &now);
    localtime_r(&now.tv_sec, &local);
    size_t used = strftime(line, sizeof line, "%Y-%m-%dT%H:%M:%S", &local);
    used += (size_t)snprintf(line + used, sizeof line - used,
                             ".%03ld %s %s: ", now.tv_nsec / 1000000,
                             words[level], module);
    va_list args;
    va_start(args, format);
    int text = vsnprintf(line + used, sizeof line - used - 1, format, args);
    va_end(args);
    if (text > 0) {
        used += (size_t)text;
    }
    if (used > sizeof line - 2) {
        used = sizeof line - 2;
    }
    line[used++] = '\n';
    /* One write a line, so that lines of several threads do not mix. There
     * is nobody to tell when stderr itself fails. */
    ssize_t ignored = write(STDERR_FILENO, line, used);
    (void)ignored;
}
