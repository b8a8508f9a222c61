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

bool hb_disk_ext4_is_ordered(const char *options)
{
    bool journal = false;
    for (const char *line = options; *line != '\0'; line += line[0] == '\n') {
        size_t len = strcspn(line, "\n");
        char word[128];
        snprintf(word, sizeof word, "%.*s", (int)len, line);
        if (strstr(word, "fast_commit") != NULL ||
            strstr(word, "nobarrier") != NULL) {
            return false;
        }
        journal = journal || strncmp(word, "data=", strlen("data=")) == 0;
        line += len;
    }
    return journal;
}

/* What the kernel does with that ext4, from /proc/fs/ext4/DEVICE/options; a
 * mapped device has another name in /dev than the kernel's. */
static bool ext4_commits_in_order(dev_t device)
{
    char link[64];
    char path[PATH_MAX];
    char *options = NULL;
    size_t len = 0;
    snprintf(link, sizeof link, "/sys/dev/block/%u:%u", major(device),
             minor(device));
    ssize_t got = readlink(link, path, sizeof path - 1);
    if (got <= 0) {
        return false;
    }
    path[got] = '\0';
    const char *slash = strrchr(path, '/');
    char *file =
        hb_format("/proc/fs/ext4/%s/options", slash == NULL ? path : slash + 1);
    bool ordered = hb_file_read(file, OPTIONS_MAX, &options, &len, NULL) &&
                   hb_disk_ext4_is_ordered(options);
    free(options);
    free(file);
    return ordered;
}

/* mountinfo: id parent MAJOR:MINOR root point options… - TYPE SOURCE … */
static bool line_is_ordered(const char *line, dev_t device)
{
    unsigned major_number;
    unsigned minor_number;
    char type[32];
    const char *rest = strstr(line, " - ");
    if (rest == NULL ||
        sscanf(line, "%*s %*s %u:%u", &major_number, &minor_number) != 2 ||
        makedev(major_number, minor_number) != device ||
        sscanf(rest + 3, "%31s", type) != 1) {
        return false;
    }
    return strcmp(type, "xfs") == 0 ||
           (strcmp(type, "ext4") == 0 && ext4_commits_in_order(device));
}

bool hb_disk_is_ordered(const char *folder)
{
    struct stat st;
    if (stat(folder, &st) != 0) {
        return false;
    }
    FILE *mounts = fopen("/proc/self/mountinfo", "re");
    if (mounts == NULL) {
        return false;
    }
    char *line = NULL;
    size_t size = 0;
    bool ordered = false;
    while (!ordered && getline(&line, &size, mounts) > 0) {
        ordered = line_is_ordered(line, st.st_dev);
    }
    free(line);
    fclose(mounts);
    return ordered;
}

bool hb_disk_start(bool ordered, int fd)
{
    return !ordered || sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0;
}

bool hb_disk_wait(bool ordered, int fd)
{
    static const unsigned all = SYNC_FILE_RANGE_WAIT_BEFORE |
                                SYNC_FILE_RANGE_WRITE |
                                SYNC_FILE_RANGE_WAIT_AFTER;
    return ordered ? sync_file_range(fd, 0, 0, all) == 0 : fsync(fd) == 0;
}

bool hb_disk_settle(int fd)
{
    struct statfs fs;
    struct stat st;
    if (fstatfs(fd, &fs) != 0 || fstat(fd, &st) != 0) {
        return false;
    }
    switch ((unsigned long)fs.f_type) {
    case EXT4_SUPER_MAGIC:
        return hb_disk_wait(ext4_commits_in_order(st.st_dev), fd);
    case XFS_SUPER_MAGIC: return hb_disk_wait(true, fd);
    default: return fsync(fd) == 0;
    }
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
