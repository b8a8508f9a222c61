#include "file.h"

#include <fcntl.h>
#include <ftw.h>
#include <string.h>

static char folder[64];

static int drop(const char *path, const struct stat *st, int kind,
                struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static void leave(void)
{
    nftw(folder, drop, 8, FTW_DEPTH | FTW_PHYS);
}

const char *fuzz_folder(void)
{
    if (folder[0] == '\0') {
        strcpy(folder, "/dev/shm/hotbridge-fuzz-XXXXXX");
        MUST(mkdtemp(folder) != NULL);
        atexit(leave);
    }
    return folder;
}

void fuzz_write(const char *path, const void *bytes, size_t len)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    MUST(fd >= 0);
    MUST(len == 0 || write(fd, bytes, len) == (ssize_t)len);
    MUST(close(fd) == 0);
}

char *fuzz_read(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    MUST(fd >= 0 && fstat(fd, &st) == 0);
    char *bytes = malloc((size_t)st.st_size + 1);
    MUST(bytes != NULL && read(fd, bytes, (size_t)st.st_size) == st.st_size);
    bytes[st.st_size] = '\0';
    close(fd);
    *len = (size_t)st.st_size;
    return bytes;
}
