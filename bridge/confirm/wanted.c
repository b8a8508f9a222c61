#include "confirm/wanted.h"

#include <string.h>

/* What the messages in match.c begin with. */
static const char *const needles[] = {
    "Deployed ",   "Could not load", "No serv",
    "Uploaded pa", "Package id",     "Starting Zato",
    "Started `",   "Shutting down",  "File observer"};

/* Where the date of a record ends. */
#define DATE_LEN 23

static bool begins_as_wanted(const char *message, size_t len)
{
    for (size_t i = 0; i < sizeof needles / sizeof needles[0]; i++) {
        size_t size = strlen(needles[i]);
        if (len >= size && message[0] == needles[i][0] &&
            memcmp(message, needles[i], size) == 0) {
            return true;
        }
    }
    return false;
}

/* Behind the next " - "; NULL: there is none. A field without spaces ends at
 * the first. */
static const char *next_field(const char *at, const char *end, bool spaces)
{
    while ((at = memchr(at, ' ', (size_t)(end - at))) != NULL &&
           end - at >= 3) {
        if (at[1] == '-' && at[2] == ' ') {
            return at + 3;
        }
        if (!spaces) {
            break;
        }
        at++;
    }
    return NULL;
}

/* The message comes behind date, level, thread and logger, or with a request's
 * id behind two fields more. */
bool hb_wanted_line(const char *line, size_t len)
{
    const char *end = line + len;
    const char *at = line + DATE_LEN;
    if (len < DATE_LEN + 3 || memcmp(at, " - ", 3) != 0) {
        return false;
    }
    at = next_field(at + 3, end, true); /* the level is padded */
    for (int fields = 3; at != NULL && fields <= 6; fields++) {
        at = next_field(at, end, false);
        if (at != NULL && fields % 2 == 0 &&
            begins_as_wanted(at, (size_t)(end - at))) {
            return memchr(line, '\0', len) == NULL; /* no record holds one */
        }
    }
    return false;
}

bool hb_wanted_dated(const char *line, size_t len)
{
    static const char form[] = "0000-00-00 00:00:00,000 - ";
    if (len < sizeof form - 1) {
        return false;
    }
    for (size_t i = 0; form[i] != '\0'; i++) {
        bool digit = line[i] >= '0' && line[i] <= '9';
        if (form[i] == '0' ? !digit : line[i] != form[i]) {
            return false;
        }
    }
    return true;
}
