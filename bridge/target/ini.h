/*
 * A small, tolerant reader of INI files such as server.conf: [sections],
 * key = value, comments that begin a line with "#" or ";" or stand behind a
 * blank in a value. Nothing is put into values, "%" and "$" stay; quotes
 * around a whole value go. The last of several equal keys counts. A byte
 * order mark and CRLF are fine. Pure. Thread: any.
 */
#ifndef HB_TARGET_INI_H
#define HB_TARGET_INI_H

#include <stdbool.h>
#include <stddef.h>

/* The value, freed by the caller, or NULL: no such key in such a section.
 * Sections are compared as they are, keys without case. */
char *hb_ini_get(const char *bytes, size_t len, const char *section,
                 const char *key);

bool hb_ini_has_section(const char *bytes, size_t len, const char *section);

#endif
