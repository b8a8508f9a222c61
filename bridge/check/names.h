/*
 * Names that a module had better not take: it would hide Python's own module
 * of that name, or Zato's. Pure. Thread: any.
 */
#ifndef HB_CHECK_NAMES_H
#define HB_CHECK_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* A word that Python 3 keeps for itself. `match`, `case`, `type` and `_` are
 * not among them: those may be names. */
bool hb_name_is_keyword(const char *name, size_t len);

/* A top-level module of the standard library of any Python from 3.8 to 3.13. */
bool hb_name_is_stdlib(const char *name, size_t len);

/* The package that the servers themselves live in. */
bool hb_name_is_zato(const char *name, size_t len);

#endif
