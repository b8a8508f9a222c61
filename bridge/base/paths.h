/*
 * Where things are: the XDG folders and what lies in them. Every function
 * that returns text hands it to the caller, who frees it. Thread: any.
 */
#ifndef HB_BASE_PATHS_H
#define HB_BASE_PATHS_H

#include "base/alloc.h"
#include "base/error.h"

#include <stddef.h>

char *hb_path_config(void);  /* $XDG_CONFIG_HOME/hotbridge/config */
char *hb_path_state(void);   /* $XDG_STATE_HOME/hotbridge */
char *hb_path_history(void); /* …/history.git below it */
char *hb_path_lock(void);    /* …/lock below it: one bridge a user */

/* The folder of bridge.json: $XDG_RUNTIME_DIR/hotbridge, or run/ in the state
 * folder where there is no runtime folder. */
char *hb_path_runtime(void);

char *hb_path_join(const char *folder, const char *name);

/* "~" and "~/…" with the home folder put in; anything else as it is. */
char *hb_path_expand(const char *path);

/* The inverse, for what people read. */
char *hb_path_shorten(const char *path);

/* Makes the folder and its parents (mode for those it makes). */
bool hb_path_make(const char *folder, unsigned mode, struct hb_error *err);

/* Adds the names in a folder but for those that begin with a dot; none where
 * there is no such folder. False with errno when not all could be read. */
bool hb_path_list(const char *folder, struct hb_strings *names);

/* A folder and all that is in it; links are removed, not followed. */
bool hb_path_remove(const char *folder, struct hb_error *err);

/* Fails unless the folder is a real folder of this user's that nobody else
 * may enter; makes it (0700) where it is missing. */
bool hb_path_make_private(const char *folder, struct hb_error *err);

/* Reads a whole file of at most max bytes. *bytes is freed by the caller and
 * has a NUL behind its last byte. */
bool hb_file_read(const char *path, size_t max, char **bytes, size_t *len,
                  struct hb_error *err);

/* Writes a file beside path, syncs it when told to, and renames it there. */
bool hb_file_replace(const char *path, const void *bytes, size_t len,
                     unsigned mode, bool sync, struct hb_error *err);

/* write() until all is written; false with errno set. */
bool hb_file_write_all(int fd, const void *bytes, size_t len);

#endif
