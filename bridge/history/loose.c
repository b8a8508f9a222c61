#include "history/loose.h"

#include "base/alloc.h"
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

/* False without memory. */
static bool pack(const struct content *content, struct hb_buffer *packed)
{
    z_stream stream = {.next_in = content->bytes,
                       .avail_in = (uInt)content->len};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return false;
    }
    size_t len = deflateBound(&stream, content->len);
    unsigned char *out = hb_alloc(len);
    stream.next_out = out;
    stream.avail_out = (uInt)len;
    bool ok = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    if (ok) {
        hb_buffer_add(packed, out, stream.total_out);
    }
    deflateEnd(&stream);
    free(out);
    return ok;
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
static bool create(const struct hb_repo *repo, const char *path,
                   const void *packed, size_t len)
{
    char *rest = hb_format("%s/objects/" HB_LOOSE_REST "new", repo->path);
    int fd = open(rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0 && errno == EEXIST && unlink(rest) == 0) { /* left behind */
        fd = open(rest, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    }
    bool ok = fd >= 0 && hb_file_write_all(fd, packed, len) && move(rest, path);
    int failure = errno;
    if (fd >= 0 && close(fd) != 0 && ok) {
        failure = errno;
        ok = false;
    }
    if (fd >= 0 && !ok) {
        unlink(rest);
    }
    free(rest);
    errno = failure;
    return ok;
}

char *hb_loose_path(const struct hb_repo *repo, const git_oid *id)
{
    char name[HB_OID_SIZE];
    git_oid_tostr(name, sizeof name, id);
    return hb_format("%s/objects/%.2s/%s", repo->path, name, name + 2);
}

static bool is_there(const char *path, const struct content *content)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    /* As git does: what is in use is not old, and not pruned. */
    bool ok = fd >= 0 && holds(fd, content) && futimens(fd, NULL) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

bool hb_loose_write(const struct hb_repo *repo, git_object_t type,
                    const void *bytes, size_t len, const git_oid *id,
                    struct hb_buffer *packed, struct hb_error *err)
{
    struct content content;
    char *path = hb_loose_path(repo, id);
    fill(&content, type, bytes, len);
    errno = ENOMEM;
    bool ok = (pack(&content, packed) &&
               (is_there(path, &content) ||
                create(repo, path, packed->data, packed->len))) ||
              hb_repo_errno(err, errno, "an object cannot be written");
    free(content.bytes);
    free(path);
    return ok;
}

static bool is_same(const char *path, const void *packed, size_t len)
{
    char *there = NULL;
    size_t there_len = 0;
    bool same = hb_file_read(path, len, &there, &there_len, NULL) &&
                there_len == len && memcmp(there, packed, len) == 0;
    free(there);
    return same;
}

bool hb_loose_put(const struct hb_repo *repo, const git_oid *id,
                  const void *packed, size_t len, bool anew,
                  struct hb_error *err)
{
    char *path = hb_loose_path(repo, id);
    bool ok = (!anew && is_same(path, packed, len)) ||
              create(repo, path, packed, len) ||
              hb_repo_errno(err, errno, "an object cannot be written");
    free(path);
    return ok;
}
