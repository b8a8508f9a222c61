#include "confirm/witness.h"

#include "base/alloc.h"
#include "base/paths.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* magic, flags, mtime, size: the head of a .pyc since Python 3.7 (PEP 552). */
#define HEAD 16

static uint32_t little(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static int64_t changed(const struct stat *st)
{
    return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* *compiled: when it came to be. */
static enum hb_bytecode read_bytecode(int folder, const char *name,
                                      const struct stat *source,
                                      int64_t *compiled)
{
    struct stat st;
    unsigned char head[HEAD];
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return HB_BYTECODE_UNREADABLE;
    }
    ssize_t got = read(fd, head, sizeof head);
    *compiled = fstat(fd, &st) == 0 ? changed(&st) : 0;
    close(fd);
    if (got != HEAD || little(head + 4) != 0) {
        return HB_BYTECODE_UNREADABLE; /* by hash: it cannot be stale */
    }
    bool same = little(head + 8) == (uint32_t)source->st_mtim.tv_sec &&
                little(head + 12) == (uint32_t)source->st_size;
    return same ? HB_BYTECODE_MATCHES : HB_BYTECODE_STALE;
}

/* Is NAME the module's bytecode? "crm.cpython-311.pyc", for the server's own
 * version where that is known. */
static bool is_bytecode_of(const char *name, const char *stem, size_t len,
                           const char *version)
{
    static const char middle[] = ".cpython-";
    const char *rest = name + len + sizeof middle - 1;
    if (strncmp(name, stem, len) != 0 ||
        strncmp(name + len, middle, sizeof middle - 1) != 0) {
        return false;
    }
    const char *dot = version == NULL ? NULL : strchr(version, '.');
    if (dot == NULL) {
        size_t digits = strspn(rest, "0123456789");
        return digits > 0 && strcmp(rest + digits, ".pyc") == 0;
    }
    char *wanted =
        hb_format("%.*s%s.pyc", (int)(dot - version), version, dot + 1);
    bool same = strcmp(rest, wanted) == 0;
    free(wanted);
    return same;
}

/* One that matches is enough: other versions of Python leave theirs behind. */
static enum hb_bytecode look_at_bytecode(const struct hb_server *server,
                                         const char *folder, const char *module,
                                         const struct stat *source,
                                         int64_t *compiled)
{
    enum hb_bytecode answer = HB_BYTECODE_UNREADABLE;
    char *path = hb_path_join(folder, "__pycache__");
    DIR *dir = opendir(path);
    size_t stem = strlen(module) - strlen(".py");
    free(path);
    if (dir == NULL) {
        return answer;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!is_bytecode_of(entry->d_name, module, stem,
                            server->python_version)) {
            continue;
        }
        int64_t made = 0;
        enum hb_bytecode one =
            read_bytecode(dirfd(dir), entry->d_name, source, &made);
        if (one == HB_BYTECODE_MATCHES) {
            answer = one;
            *compiled = made;
            break;
        }
        answer = one == HB_BYTECODE_STALE ? one : answer;
    }
    closedir(dir);
    return answer;
}

void hb_witness_look(const struct hb_server *server, const char *module,
                     const char *bytes, size_t len, struct hb_witness *out)
{
    const char *folder =
        server->copies != NULL ? server->copies : server->pickup;
    struct stat st;
    char *there = NULL;
    size_t size = 0;
    *out = (struct hb_witness){0};
    if (folder == NULL) {
        return;
    }
    char *path = hb_path_join(folder, module);
    if (stat(path, &st) == 0 && hb_file_read(path, len, &there, &size, NULL)) {
        out->readable = true;
        out->ours = size == len && memcmp(there, bytes, len) == 0;
        out->partial = size < len && memcmp(there, bytes, size) == 0;
        out->mtime = st.st_mtim.tv_sec;
        out->device = (uint64_t)st.st_dev;
        out->copied = server->copies != NULL ? changed(&st) : 0;
        out->bytecode =
            look_at_bytecode(server, folder, module, &st, &out->compiled);
    } else if (stat(path, &st) == 0 && access(path, R_OK) == 0) {
        out->readable = true; /* larger than ours */
    } else if (errno == ENOENT && access(folder, R_OK | X_OK) == 0) {
        out->readable = true; /* not there, or not there yet */
        out->partial = true;
    }
    free(there);
    free(path);
}
