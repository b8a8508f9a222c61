/*
 * What the file system below the history promises, and the flushes that make
 * use of it. Blocking; thread: any.
 */
#ifndef HB_HISTORY_DISK_H
#define HB_HISTORY_DISK_H

#include "base/error.h"

/* True where flushing one file makes everything durable that was done before
 * on that file system and whose data were written back: ext4 (without
 * fast_commit) and xfs. */
bool hb_disk_is_ordered(const char *folder);

/* Starts the write-back of a file's data, or waits for it; no flush. */
bool hb_disk_write_back(const char *path, bool wait, struct hb_error *err);

/* fsync. */
bool hb_disk_flush(const char *path, struct hb_error *err);

#endif
