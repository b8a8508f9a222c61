#include "base/disk.h"

#include "base/alloc.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* Largest file of mount options that is read, in bytes. */
#define OPTIONS_MAX (64u * 1024)

enum hb_disk hb_disk_ext4_kind(const char *options)
{
    enum hb_disk disk = HB_DISK_EACH;
    for (const char *line = options; *line != '\0'; line += line[0] == '\n') {
        size_t len = strcspn(line, "\n");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)len, line);
        if (strstr(word, "fast_commit") != NULL ||
            strstr(word, "nobarrier") != NULL) {
            return HB_DISK_EACH;
        }
        if (strncmp(word, "data=", strlen("data=")) == 0) {
            disk = HB_DISK_ORDERED;
        }
        line += len;
    }
    return disk;
}

/* What the kernel does with that ext4, from /proc/fs/ext4/DEVICE/options; a
 * mapped device has another name in /dev than the kernel's. */
static enum hb_disk ext4_kind(dev_t device)
{
    char link[64];
    char path[PATH_MAX];
    char *options = NULL;
    size_t len = 0;
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device),
             minor(device));
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got <= 0) {
        return HB_DISK_EACH;
    }
    path[got] = '\0';
    const char *slash = strrchr(path, '/');
    char *file =
        hb_format("/proc/fs/ext4/%s/options", slash == NULL ? path : slash + 1);
    enum hb_disk disk = hb_file_read(file, OPTIONS_MAX, &options, &len, NULL)
                            ? hb_disk_ext4_kind(options)
                            : HB_DISK_EACH;
    free(options);
    free(file);
    return disk;
}

enum hb_disk hb_disk_kind(const char *path)
{
    struct statfs fs;
    struct stat st;
    if (statfs(path, &fs) != 0 || stat(path, &st) != 0) {
        return HB_DISK_EACH;
    }
    switch ((unsigned long)fs.f_type) {
    case EXT4_SUPER_MAGIC: return ext4_kind(st.st_dev);
    case XFS_SUPER_MAGIC: return HB_DISK_ORDERED;
    case TMPFS_MAGIC: return HB_DISK_MEMORY;
    default: return HB_DISK_EACH;
    }
}

bool hb_disk_wait(enum hb_disk disk, int fd)
{
    static const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE |
                                SYNC_FILE_RANGE_WRITE |
                                SYNC_FILE_RANGE_WAIT_AFTER;
    switch (disk) {
    case HB_DISK_EACH: return fsync(fd) == 0;
    case HB_DISK_ORDERED: return sync_file_range(fd, 0, 0, all) == 0;
    case HB_DISK_MEMORY: break;
    }
    return true;
}

bool hb_disk_flush(const char *path, struct hb_error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return hb_error_errno(err, HB_EHISTORY, errno, "cannot open %s", path);
    }
    bool ok = fsync(fd) == 0;
    if (!ok) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot flush %s", path);
    }
    close(fd);
    return ok;
}

bool hb_disk_can_open(unsigned count, struct hb_error *err)
{
    int fd = open("/", O_PATH | O_CLOEXEC);
    bool ok = fd >= 0 && (count <= 1 || hb_disk_can_open(count - 1, err));
    if (fd >= 0) {
        close(fd);
    } else {
        hb_error_errno(err, HB_EIO, errno, "no more files can be opened");
    }
    return ok;
}
