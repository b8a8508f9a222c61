/*
 * What a file system promises, and the flushes that make use of it. Blocking;
 * thread: any.
 */
#ifndef HB_BASE_DISK_H
#define HB_BASE_DISK_H

#include "base/error.h"

/* True where flushing one file makes everything durable that was done before
 * on that file system and whose data were written back: ext4 with a journal
 * and without fast_commit, and xfs. */
bool hb_disk_is_ordered(const char *folder);

/* The same of an ext4, by the lines of its /proc/fs/ext4/DEVICE/options. */
bool hb_disk_ext4_is_ordered(const char *options);

/* Starts to bring an open file's data to the disk, where that orders it before
 * a flush that follows; elsewhere hb_disk_wait does it all. False with errno.
 */
bool hb_disk_start(bool ordered, int fd);

/* The file's data are on the disk when it returns: waits for what was
 * started, or flushes it. False with errno. */
bool hb_disk_wait(bool ordered, int fd);

/* Before a file gets the name that others know it by: after a loss of power
 * it is whole under that name, or the name is not there. Costs a flush only
 * where write-back alone does not give that. False with errno. */
bool hb_disk_settle(int fd);

/* fsync of a file or a folder. */
bool hb_disk_flush(const char *path, struct hb_error *err);

/* Whether so many more files could be opened now. */
bool hb_disk_can_open(unsigned count, struct hb_error *err);

#endif
