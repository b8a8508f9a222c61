/*
 * What a file system promises, and the flushes that make use of it. Blocking;
 * thread: any.
 */
#ifndef HB_BASE_DISK_H
#define HB_BASE_DISK_H

#include "base/error.h"

/* What has to be flushed for something to outlast a loss of power. */
enum hb_disk {
    /* Each file, each folder: nothing is known of this file system. */
    HB_DISK_EACH,
    /* One file: its flush makes everything durable that was done before, names
     * too, whose data were written back by then. xfs; ext4 with a journal and
     * without fast_commit. (That their way to the disk has begun is not enough
     * there, data=ordered or not: with dioread_nolock, its default, a file can
     * have its size and hold zeros.) */
    HB_DISK_ORDERED,
    /* Nothing: it does not outlast it anyway. tmpfs. */
    HB_DISK_MEMORY,
};

/* Of the file system that holds that; HB_DISK_EACH where it is not there. */
enum hb_disk hb_disk_kind(const char *path);

/* The same of an ext4, by the lines of its /proc/fs/ext4/DEVICE/options. */
enum hb_disk hb_disk_ext4_kind(const char *options);

/* The file's data are on the disk when it returns: waits for them,
 * or flushes it. Before a file gets the name that others know it by: then it
 * is whole under that name after a loss of power, or the name is not there.
 * False with errno. */
bool hb_disk_wait(enum hb_disk disk, int fd);

/* fsync of a file or a folder. */
bool hb_disk_flush(const char *path, struct hb_error *err);

/* Whether so many more files could be opened now. */
bool hb_disk_can_open(unsigned count, struct hb_error *err);

#endif
