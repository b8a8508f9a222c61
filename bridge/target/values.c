#include "target/values.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

/* Most digits of a number; more is no sensible value, and would overflow. */
#define DIGITS_MAX 12

/* Digits with an optional fraction, without help of the locale. Returns the
 * place behind them, or NULL. */
static const char *read_number(const char *text, double *number)
{
    double value = 0;
    double weight = 1;
    int digits = 0;
    const char *at = text;
    for (; isdigit((unsigned char)*at); at++, digits++) {
        value = value * 10 + (*at - '0');
    }
    if (digits == 0) {
        return NULL;
    }
    if (*at == '.') {
        at++;
        if (!isdigit((unsigned char)*at)) {
            return NULL;
        }
        for (; isdigit((unsigned char)*at); at++, digits++) {
            weight /= 10;
            value += weight * (*at - '0');
        }
    }
    *number = value;
    return digits <= DIGITS_MAX ? at : NULL;
}

bool hb_value_duration(const char *text, double *seconds)
{
    static const struct {
        const char *unit;
        double seconds;
    } units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"h", 3600}};
    double number;
    const char *unit = read_number(text, &number);
    if (unit == NULL) {
        return false;
    }
    while (*unit == ' ') {
        unit++;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].unit) == 0) {
            *seconds = number * units[i].seconds;
            return *seconds >= HB_TIMEOUT_MIN && *seconds <= HB_TIMEOUT_MAX;
        }
    }
    return false;
}

bool hb_value_size(const char *text, size_t *bytes)
{
    double number;
    const char *unit = read_number(text, &number);
    if (unit == NULL || memchr(text, '.', (size_t)(unit - text)) != NULL) {
        return false;
    }
    double factor = strcasecmp(unit, "k") == 0   ? 1024
                    : strcasecmp(unit, "m") == 0 ? 1024 * 1024
                    : *unit == '\0'              ? 1
                                                 : 0;
    number *= factor;
    if (number < HB_SIZE_MIN || number > HB_SIZE_MAX) {
        return false;
    }
    *bytes = (size_t)number;
    return true;
}
