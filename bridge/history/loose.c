#include "history/loose.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* "commit 4294967295" and its NUL fit. */
#define HEAD_MAX 32
/* zlib's fastest: a history of small files gains little from more. */
#define LEVEL 1
/* Of 2^13 bytes, as large as most modules. What zlib takes by itself, 2^15,
 * costs ten times as long as packing a module: its tables are cleared first. */
#define WINDOW_BITS 13
#define MEMORY_LEVEL 5

/* What an object's file holds before it is compressed. */
struct content {
    unsigned char *bytes;
    size_t len;
};

static void fill(struct content *content, git_object_t type, const void *bytes,
                 size_t len)
{
    char head[HEAD_MAX];
    int used = snprintf(head, sizeof head, "%s %zu",
                        git_object_type2string(type), len);
    content->len = (size_t)used + 1 + len;
    content->bytes = hb_alloc(content->len);
    memcpy(content->bytes, head, (size_t)used + 1);
    memcpy(content->bytes + used + 1, bytes, len);
}

static bool read_all(int fd, unsigned char *bytes, size_t len)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got = read(fd, bytes + done, len - done);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

/* More than any packer makes of so many bytes: what cannot be made smaller is
 * kept as it is, in pieces that each have a head. */
static size_t packed_max(size_t len)
{
    return len + len / 4 + HEAD_MAX * 2;
}

/* Gives the packed bytes in memory, or NULL without it. */
static unsigned char *pack(const struct content *content, size_t *len)
{
    z_stream stream = {.next_in = content->bytes,
                       .avail_in = (uInt)content->len};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return NULL;
    }
    *len = deflateBound(&stream, content->len);
    unsigned char *packed = hb_alloc(*len);
    stream.next_out = packed;
    stream.avail_out = (uInt)*len;
    bool ok = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    *len = stream.total_out;
    deflateEnd(&stream);
    if (!ok) {
        free(packed);
        return NULL;
    }
    return packed;
}

/* Does the file hold just this? */
static bool holds(int fd, const struct content *content)
{
    struct stat st;
    uLongf len = content->len;
    uLong used;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
        (size_t)st.st_size > packed_max(content->len)) {
        return false; /* a file that took more room than we would need */
    }
    unsigned char *packed = hb_alloc((size_t)st.st_size);
    unsigned char *whole = hb_alloc(content->len);
    used = (uLong)st.st_size;
    bool same = read_all(fd, packed, (size_t)st.st_size) &&
                uncompress2(whole, &len, packed, &used) == Z_OK &&
                used == (uLong)st.st_size && len == content->len &&
                memcmp(whole, content->bytes, len) == 0;
    free(whole);
    free(packed);
    return same;
}

/* The folder may have gone: git removes those that it has emptied. */
static bool move(const char *from, const char *to)
{
    if (rename(from, to) == 0) {
        return true;
    }
    if (errno != ENOENT) {
        return false;
    }
    char *folder = hb_strndup(to, (size_t)(strrchr(to, '/') - to));
    bool ok = mkdir(folder, 0777) == 0 && rename(from, to) == 0;
    int failure = errno;
    free(folder);
    errno = failure;
    return ok;
}

/* Under another name first: a file of an object is never half there. */
static int create(const struct hb_repo *repo, const char *path,
                  const struct content *content)
{
    size_t len = 0;
    char *rest = hb_format("%s/objects/" HB_LOOSE_REST "new", repo->path);
    unsigned char *packed = pack(content, &len);
    int fd = -1;
    int failure = ENOMEM;
    if (packed == NULL) {
        goto out;
    }
    fd = open(rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0 && errno == EEXIST && unlink(rest) == 0) { /* left behind */
        fd = open(rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    }
    failure = errno;
    if (fd >= 0 && (!hb_file_write_all(fd, packed, len) ||
                    !hb_disk_start(repo->disk, fd) || !move(rest, path))) {
        failure = errno;
        unlink(rest);
        close(fd);
        fd = -1;
    }
out:
    free(packed);
    free(rest);
    errno = failure;
    return fd;
}

bool hb_loose_write(const struct hb_repo *repo, git_object_t type,
                    const void *bytes, size_t len, const git_oid *id, int *fd,
                    struct hb_error *err)
{
    struct content content;
    char name[HB_OID_SIZE];
    git_oid_tostr(name, sizeof name, id);
    char *path = hb_format("%s/objects/%.2s/%s", repo->path, name, name + 2);
    fill(&content, type, bytes, len);
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd >= 0) {
        /* As git does: what is in use is not old, and not pruned. */
        bool there = holds(*fd, &content) && futimens(*fd, NULL) == 0 &&
                     hb_disk_start(repo->disk, *fd);
        if (!there) {
            close(*fd);
            *fd = -1;
        }
    }
    if (*fd < 0) {
        *fd = create(repo, path, &content);
    }
    int failure = errno;
    free(content.bytes);
    free(path);
    return *fd >= 0 ||
           hb_repo_errno(err, failure, "an object cannot be written");
}
