/* A file of a run's own, in memory. */
#ifndef HB_FUZZ_FILE_H
#define HB_FUZZ_FILE_H

#include "must.h"

#include <sys/stat.h>
#include <unistd.h>

/* Makes a private folder below /dev/shm, once; it goes with the process. */
const char *fuzz_folder(void);

void fuzz_write(const char *path, const void *bytes, size_t len);

/* Freed by the caller; *len without the NUL behind it. */
char *fuzz_read(const char *path, size_t *len);

#endif
