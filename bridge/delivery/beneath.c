#include "delivery/beneath.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int open_how(int folder, const char *path, int flags, unsigned mode,
                    uint64_t resolve)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_CLOEXEC),
        .mode = (flags & O_CREAT) != 0 ? mode : 0,
        .resolve = resolve,
    };
    int fd;
    do {
        fd = (int)syscall(SYS_openat2, folder, path, &how, sizeof how);
    } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
    return fd;
}

/* The same part by part, for a kernel, or a container, without openat2. */
static int walk(const char *path, int flags)
{
    int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    path += strspn(path, "/");
    while (fd >= 0 && *path != '\0') {
        char part[NAME_MAX + 1];
        size_t len = strcspn(path, "/");
        const char *next = path + len + strspn(path + len, "/");
        int above = fd;
        if (len > NAME_MAX) {
            close(above);
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, len);
        part[len] = '\0';
        fd = openat(above, part,
                    (*next == '\0' ? flags : O_PATH | O_DIRECTORY) |
                        O_NOFOLLOW | O_CLOEXEC);
        int failure = errno;
        struct stat st;
        if (fd < 0 && failure == ENOTDIR &&
            fstatat(above, part, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISLNK(st.st_mode)) {
            failure = ELOOP; /* as openat2 says it */
        }
        close(above);
        errno = failure;
        path = next;
    }
    return fd;
}

int hb_beneath_folder(const char *path, struct hb_error *err)
{
    int flags = O_RDONLY | O_DIRECTORY;
    int fd = open_how(AT_FDCWD, path, flags, 0, RESOLVE_NO_SYMLINKS);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        fd = walk(path, flags);
    }
    if (fd < 0 && errno == ELOOP) {
        hb_error_set(err, HB_EDELIVERY,
                     "a link has been put on the way to the pickup directory "
                     "%s: nothing is written through it",
                     path);
    } else if (fd < 0) {
        hb_error_errno(err, HB_EDELIVERY, errno,
                       "cannot open the pickup directory %s", path);
    }
    return fd;
}

int hb_beneath_open(int folder, const char *name, int flags, unsigned mode)
{
    /* O_NONBLOCK: a pipe of that name must not hold us up. */
    flags |= O_NOFOLLOW | O_NONBLOCK;
    int fd = open_how(folder, name, flags, mode,
                      RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
    if (fd < 0 && (errno == ENOSYS || errno == EPERM)) {
        if (strchr(name, '/') != NULL) {
            errno = EINVAL;
            return -1;
        }
        fd = openat(folder, name, flags | O_CLOEXEC, mode);
    }
    struct stat st = {0};
    if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))) {
        close(fd);
        errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
        return -1;
    }
    return fd;
}

/* Everything from fd, which is at its beginning. */
static bool read_all(int fd, struct hb_beneath_file *file)
{
    size_t size = (size_t)file->st.st_size + 1;
    if (size > HB_BENEATH_MAX) {
        errno = EFBIG;
        return false;
    }
    file->bytes = malloc(size + 1);
    if (file->bytes == NULL) {
        return false;
    }
    while (file->len < size) {
        ssize_t got = read(fd, file->bytes + file->len, size - file->len);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        file->len += (size_t)got;
    }
    if (file->len == size) {
        errno = EAGAIN; /* it grows under our eyes */
        return false;
    }
    file->bytes[file->len] = '\0';
    return true;
}

bool hb_beneath_read(int folder, const char *name, struct hb_beneath_file *file)
{
    *file = (struct hb_beneath_file){0};
    int fd = hb_beneath_open(folder, name, O_RDONLY, 0);
    if (fd < 0) {
        return errno == ENOENT;
    }
    bool ok = fstat(fd, &file->st) == 0 && read_all(fd, file);
    int failure = errno;
    close(fd);
    if (!ok) {
        hb_beneath_release(file);
        errno = failure;
        return false;
    }
    file->exists = true;
    hb_text_blob_id(file->bytes, file->len, file->blob);
    return true;
}

void hb_beneath_release(struct hb_beneath_file *file)
{
    free(file->bytes);
    *file = (struct hb_beneath_file){0};
}
