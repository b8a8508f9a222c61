/*
 * A line of a server's log at a glance. Nearly every line says nothing to us,
 * so this is quick: bytes are compared, nothing is matched or kept. Pure. What
 * may be wanted is read in match.h. Thread: any.
 */
#ifndef HB_CONFIRM_WANTED_H
#define HB_CONFIRM_WANTED_H

#include <stdbool.h>
#include <stddef.h>

/* Does it begin with a date, as each record does? */
bool hb_wanted_dated(const char *line, size_t len);

/* May it be a record whose message is one of those that match.h knows? */
bool hb_wanted_line(const char *line, size_t len);

#endif
