#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

double hb_clock_monotonic(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t hb_clock_wall(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hb_clock_format(int64_t wall_ms, char out[HB_TIME_SIZE])
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm local;
    localtime_r(&seconds, &local);
    char date[24];
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &local);
    long offset = local.tm_gmtoff / 60;
    char sign = offset < 0 ? '-' : '+';
    if (offset < 0) {
        offset = -offset;
    }
    snprintf(out, HB_TIME_SIZE, "%.19s.%03d%c%02d:%02d", date,
             (int)(wall_ms % 1000) % 1000, sign, (int)(offset / 60) % 100,
             (int)(offset % 60));
}

int64_t hb_clock_parse(const char *text)
{
    struct tm parts = {0};
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &parts.tm_year, &parts.tm_mon,
               &parts.tm_mday, &parts.tm_hour, &parts.tm_min, &parts.tm_sec,
               &used) != 6) {
        return -1;
    }
    parts.tm_year -= 1900;
    parts.tm_mon -= 1;
    const char *rest = text + used;
    int64_t milliseconds = 0;
    if (*rest == '.') {
        int scale = 100;
        for (rest++; *rest >= '0' && *rest <= '9'; rest++) {
            milliseconds += (*rest - '0') * scale;
            scale /= 10;
        }
    }
    int64_t offset = 0;
    int hours = 0;
    int minutes = 0;
    if (*rest == '+' || *rest == '-') {
        if (sscanf(rest + 1, "%2d:%2d", &hours, &minutes) != 2) {
            return -1;
        }
        offset = (hours * 60 + minutes) * 60;
        offset = *rest == '-' ? -offset : offset;
    } else if (*rest != 'Z') {
        return -1;
    }
    return ((int64_t)timegm(&parts) - offset) * 1000 + milliseconds;
}
