/*
 * Which Zato a server is, and so which rules hold for it. Blocking; thread:
 * any.
 */
#ifndef HB_TARGET_VERSION_H
#define HB_TARGET_VERSION_H

#include "model/target.h"

/* The profile of a version such as "Zato 3.2-nogit-…". Pure. */
enum hb_profile hb_version_profile(const char *version);

/* "3.10" of a text that holds "py3.10.13" or "python3.10", or NULL. Freed by
 * the caller. Pure. */
char *hb_version_python(const char *text);

/* Sets version, profile and problems. `before`: what the last probe saw, which
 * holds on while .zato-info cannot be read, or NULL. `started`: the version
 * that the log last saw start, or "". `pickup`: its pickup directory, or NULL.
 */
void hb_version_look(struct hb_server *server, enum hb_profile configured,
                     const char *before, const char *started,
                     const char *pickup);

#endif
