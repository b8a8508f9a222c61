/* A list of names as Python writes it -> the names. Pure. */
#ifndef HB_CONFIRM_NAMES_H
#define HB_CONFIRM_NAMES_H

#include "base/alloc.h"

/* Most names that are kept of one list. */
#define HB_NAMES_MAX 1000

/* "['crm.get', \"it's\"]"; what is not such a list gives none. */
void hb_names_read(const char *text, struct hb_strings *names);

#endif
