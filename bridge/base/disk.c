#include "base/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

/* True when the options file of that ext4 device can be read and does not
 * speak of fast commits. */
static bool ext4_commits_in_order(const char *device)
{
    char path[256];
    const char *name = strrchr(device, '/');
    snprintf(path, sizeof path, "/proc/fs/ext4/%s/options",
             name == NULL ? device : name + 1);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    char line[256];
    bool ordered = true;
    while (fgets(line, sizeof line, file) != NULL) {
        ordered = ordered && strstr(line, "fast_commit") == NULL &&
                  strstr(line, "nobarrier") == NULL;
    }
    fclose(file);
    return ordered;
}

/* mountinfo: id parent MAJOR:MINOR root point options… - TYPE SOURCE … */
static bool line_is_ordered(const char *line, dev_t device)
{
    unsigned major_number;
    unsigned minor_number;
    char type[32];
    char source[200];
    const char *rest = strstr(line, " - ");
    if (rest == NULL ||
        sscanf(line, "%*s %*s %u:%u", &major_number, &minor_number) != 2 ||
        makedev(major_number, minor_number) != device ||
        sscanf(rest + 3, "%31s %199s", type, source) != 2) {
        return false;
    }
    return strcmp(type, "xfs") == 0 || strcmp(type, "tmpfs") == 0 ||
           (strcmp(type, "ext4") == 0 && ext4_commits_in_order(source));
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
    if (fstatfs(fd, &fs) != 0) {
        return false;
    }
    switch ((unsigned long)fs.f_type) {
    case EXT4_SUPER_MAGIC:
    case XFS_SUPER_MAGIC:
        return sync_file_range(fd, 0, 0,
                               SYNC_FILE_RANGE_WRITE |
                                   SYNC_FILE_RANGE_WAIT_AFTER) == 0;
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
