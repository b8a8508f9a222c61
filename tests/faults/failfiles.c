/*
 * Preloaded into the bridge: from a certain call on, all that write to, read
 * from, flush or close certain files, or those in certain folders, fail, as on
 * a broken disk. What wakes the loop, sockets and children's pipes are no files
 * and are left alone. Driven through a file that both map:
 *
 *     calls     which are counted: 1 write, 2 read, 4 pread, 8 close,
 *               16 flush
 *     counted   how many there were since
 *     fail_at   1 for the first; 0: none
 *     failed    how many have failed
 *
 * HB_FAIL_FILE names it, HB_FAIL_FOLDERS the files and folders, between colons.
 * A close that fails has closed all the same.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { WRITE = 1, READ = 2, PREAD = 4, CLOSE = 8, FLUSH = 16 };

struct control {
    _Atomic uint64_t calls;
    _Atomic uint64_t counted;
    _Atomic uint64_t fail_at;
    _Atomic uint64_t failed;
};

static struct control *control;
static const char *folders;

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("HB_FAIL_FILE");
    folders = getenv("HB_FAIL_FOLDERS");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED
                          : mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE,
                                 MAP_SHARED, fd, 0);
    if (mapped != MAP_FAILED && folders != NULL) {
        control = mapped;
    }
}

static int is_below(const char *path)
{
    for (const char *at = folders; *at != '\0';) {
        size_t len = strcspn(at, ":");
        if (strncmp(path, at, len) == 0 &&
            (path[len] == '/' || path[len] == '\0')) {
            return 1;
        }
        at += len + (at[len] == ':');
    }
    return 0;
}

/* Is it its turn to fail? errno is what it was. */
static int fails(uint64_t call, int fd)
{
    char link[32];
    char path[PATH_MAX];
    struct stat st;
    if (control == NULL || (control->calls & call) == 0) {
        return 0;
    }
    int before = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t len = fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
                      ? readlink(link, path, sizeof path - 1)
                      : -1;
    errno = before;
    if (len < 0) {
        return 0;
    }
    path[len] = '\0';
    if (!is_below(path)) {
        return 0;
    }
    uint64_t number = ++control->counted;
    if (control->fail_at == 0 || number < control->fail_at) {
        return 0;
    }
    control->failed++;
    return 1;
}

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, name))

ssize_t write(int fd, const void *bytes, size_t len)
{
    if (fails(WRITE, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT("write", ssize_t(*)(int, const void *, size_t))(fd, bytes, len);
}

ssize_t pwrite64(int fd, const void *bytes, size_t len, off64_t offset)
{
    if (fails(WRITE, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT("pwrite64", ssize_t(*)(int, const void *, size_t, off64_t))(
        fd, bytes, len, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t len, off_t offset)
{
    return pwrite64(fd, bytes, len, offset);
}

static int flush(const char *name, int fd)
{
    if (fails(FLUSH, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT(name, int (*)(int))(fd);
}

int fsync(int fd)
{
    return flush("fsync", fd);
}

int fdatasync(int fd)
{
    return flush("fdatasync", fd);
}

int sync_file_range(int fd, off64_t offset, off64_t len, unsigned flags)
{
    if (fails(FLUSH, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT("sync_file_range", int (*)(int, off64_t, off64_t, unsigned))(
        fd, offset, len, flags);
}

ssize_t read(int fd, void *bytes, size_t len)
{
    if (fails(READ, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT("read", ssize_t(*)(int, void *, size_t))(fd, bytes, len);
}

/* What a program that is built with checks calls instead. */
ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room);
ssize_t __read_chk(int fd, void *bytes, size_t len, size_t room)
{
    if (len > room) {
        abort();
    }
    return read(fd, bytes, len);
}

ssize_t pread64(int fd, void *bytes, size_t len, off64_t offset)
{
    if (fails(PREAD, fd)) {
        errno = EIO;
        return -1;
    }
    return NEXT("pread64", ssize_t(*)(int, void *, size_t, off64_t))(
        fd, bytes, len, offset);
}

ssize_t pread(int fd, void *bytes, size_t len, off_t offset)
{
    return pread64(fd, bytes, len, offset);
}

ssize_t __pread64_chk(int fd, void *bytes, size_t len, off64_t offset,
                      size_t room);
ssize_t __pread64_chk(int fd, void *bytes, size_t len, off64_t offset,
                      size_t room)
{
    if (len > room) {
        abort();
    }
    return pread64(fd, bytes, len, offset);
}

int close(int fd)
{
    int failing = fails(CLOSE, fd);
    int result = NEXT("close", int (*)(int))(fd);
    if (failing && result == 0) {
        errno = EIO;
        return -1;
    }
    return result;
}
