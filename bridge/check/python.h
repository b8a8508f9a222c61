/*
 * Which Python executables could check a module, best first. Looks at files;
 * thread: any.
 */
#ifndef HB_CHECK_PYTHON_H
#define HB_CHECK_PYTHON_H

#include "base/alloc.h"

/* Adds absolute paths: the server's own `python`, then pythonVERSION, then
 * python3, wherever on PATH they are executable. Either may be NULL. A server
 * of Python 2 is not given to a Python 3. */
void hb_python_candidates(const char *python, const char *version,
                          struct hb_strings *paths);

#endif
