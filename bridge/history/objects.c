#include "history/objects.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "base/text.h"
#include "history/memory.h"

#include <errno.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/repository.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Largest object that is read, in bytes; a module is 8 MB at most. */
#define OBJECT_MAX (256u << 20)
/* "commit 4294967295" and its NUL fit. */
#define HEAD_MAX 32
/* Which of the two is asked first. */
#define LOOSE_PRIORITY 1
#define PACK_PRIORITY 2
/* zlib's fastest: a history of small files gains little from more. */
#define LEVEL 1

struct loose {
    git_odb_backend base;
    git_odb_backend *inner; /* libgit2's, for all but reading */
    char *folder;
};

static int damaged(const char *path)
{
    char *words = hb_format("the object %s is damaged", path);
    git_error_set_str(GIT_ERROR_ODB, words);
    free(words);
    return GIT_ERROR;
}

/* The type and the size at the beginning of an object; its length with the
 * NUL, or 0. */
static size_t parse_head(const unsigned char *bytes, size_t len,
                         git_object_t *type, size_t *size)
{
    char head[HEAD_MAX + 1];
    char word[HEAD_MAX + 1];
    unsigned long long number;
    size_t used = len < HEAD_MAX ? len : HEAD_MAX;
    memcpy(head, bytes, used);
    head[used] = '\0';
    size_t length = strlen(head);
    if (length == used || sscanf(head, "%31[a-z] %llu", word, &number) != 2 ||
        number > OBJECT_MAX) {
        return 0;
    }
    *type = git_object_string2type(word);
    *size = (size_t)number;
    return *type == GIT_OBJECT_INVALID ? 0 : length + 1;
}

/* zlib takes its window late; without memory nothing is said of the object. */
static int inflate_some(z_stream *stream, int how)
{
    int state = inflate(stream, how);
    if (state == Z_MEM_ERROR) {
        hb_out_of_memory();
    }
    return state;
}

/* The whole stream, or nothing: *data is libgit2's to free. */
static int inflate_all(git_odb_backend *backend, const char *path,
                       unsigned char *packed, size_t packed_len, void **data,
                       size_t *len, git_object_t *type)
{
    unsigned char start[HEAD_MAX];
    z_stream stream = {0};
    int code = GIT_ERROR;
    *data = NULL;
    if (inflateInit(&stream) != Z_OK) {
        hb_out_of_memory();
    }
    stream.next_in = packed;
    stream.avail_in = (uInt)packed_len;
    stream.next_out = start;
    stream.avail_out = sizeof start;
    int state = inflate_some(&stream, Z_NO_FLUSH);
    size_t got = sizeof start - stream.avail_out;
    size_t head = state == Z_OK || state == Z_STREAM_END
                      ? parse_head(start, got, type, len)
                      : 0;
    size_t have = got - head;
    if (head == 0 || have > *len) {
        goto out;
    }
    *data = git_odb_backend_data_alloc(backend, *len + 1);
    if (*data == NULL) {
        hb_out_of_memory();
    }
    unsigned char *bytes = *data;
    memcpy(bytes, start + head, have);
    bytes[*len] = '\0';
    /* One byte more than there should be: the end is seen, or too much. */
    stream.next_out = bytes + have;
    stream.avail_out = (uInt)(*len + 1 - have);
    while (state == Z_OK && stream.avail_out > 0) {
        state = inflate_some(&stream, Z_FINISH);
    }
    if (state == Z_STREAM_END && stream.total_out == head + *len) {
        bytes[*len] = '\0';
        code = 0;
    }
out:
    inflateEnd(&stream);
    if (code != 0) {
        git_odb_backend_data_free(backend, *data);
        *data = NULL;
        damaged(path);
    }
    return code;
}

static bool is_of_our_size(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && st.st_size <= HB_GIT_PIECE_MAX;
}

static int read_loose(void **data, size_t *len, git_object_t *type,
                      git_odb_backend *backend, const git_oid *id)
{
    struct loose *loose = (struct loose *)backend;
    char name[HB_OID_SIZE];
    char *packed = NULL;
    size_t packed_len = 0;
    git_oid_tostr(name, sizeof name, id);
    char *path = hb_format("%s/%.2s/%s", loose->folder, name, name + 2);
    int code = GIT_ENOTFOUND;
    errno = 0;
    if (hb_file_read(path, OBJECT_MAX, &packed, &packed_len, NULL)) {
        code = inflate_all(backend, path, (unsigned char *)packed, packed_len,
                           data, len, type);
    } else if (errno == ENOMEM && is_of_our_size(path)) {
        hb_out_of_memory();
    } else if (access(path, F_OK) == 0) {
        code = damaged(path); /* it cannot be read at all */
    } else {
        git_error_set_str(GIT_ERROR_ODB, "there is no such object");
    }
    free(packed);
    free(path);
    return code;
}

static int exists_prefix(git_oid *full, git_odb_backend *backend,
                         const git_oid *id, size_t len)
{
    git_odb_backend *inner = ((struct loose *)backend)->inner;
    return inner->exists_prefix(full, inner, id, len);
}

static int read_prefix(git_oid *full, void **data, size_t *len,
                       git_object_t *type, git_odb_backend *backend,
                       const git_oid *id, size_t prefix)
{
    int code = exists_prefix(full, backend, id, prefix);
    return code != 0 ? code : read_loose(data, len, type, backend, full);
}

static int read_header(size_t *len, git_object_t *type,
                       git_odb_backend *backend, const git_oid *id)
{
    void *data = NULL;
    int code = read_loose(&data, len, type, backend, id);
    git_odb_backend_data_free(backend, data);
    return code;
}

static int write_loose(git_odb_backend *backend, const git_oid *id,
                       const void *data, size_t len, git_object_t type)
{
    git_odb_backend *inner = ((struct loose *)backend)->inner;
    return inner->write(inner, id, data, len, type);
}

static int exists(git_odb_backend *backend, const git_oid *id)
{
    git_odb_backend *inner = ((struct loose *)backend)->inner;
    return inner->exists(inner, id);
}

static int list(git_odb_backend *backend, git_odb_foreach_cb fn, void *user)
{
    git_odb_backend *inner = ((struct loose *)backend)->inner;
    return inner->foreach (inner, fn, user);
}

static int freshen(git_odb_backend *backend, const git_oid *id)
{
    git_odb_backend *inner = ((struct loose *)backend)->inner;
    return inner->freshen(inner, id);
}

static void free_loose(git_odb_backend *backend)
{
    struct loose *loose = (struct loose *)backend;
    loose->inner->free(loose->inner);
    free(loose->folder);
    free(loose);
}

static git_odb_backend *new_loose(git_odb_backend *inner, const char *folder)
{
    struct loose *loose = hb_alloc(sizeof *loose);
    git_odb_init_backend(&loose->base, GIT_ODB_BACKEND_VERSION);
    loose->inner = inner;
    loose->folder = hb_strdup(folder);
    loose->base.read = read_loose;
    loose->base.read_prefix = read_prefix;
    loose->base.read_header = read_header;
    loose->base.write = write_loose;
    loose->base.exists = exists;
    loose->base.exists_prefix = exists_prefix;
    loose->base.foreach = list;
    loose->base.freshen = freshen;
    loose->base.free = free_loose;
    return &loose->base;
}

int hb_objects_loose(git_odb **odb, const char *folder, bool flush)
{
    git_odb_backend *inner = NULL;
    int code = git_odb_new(odb);
    if (code == 0) {
        code = git_odb_backend_loose(&inner, folder, LEVEL, flush, 0, 0);
    }
    if (code == 0) {
        git_odb_backend *loose = new_loose(inner, folder);
        code = git_odb_add_backend(*odb, loose, LOOSE_PRIORITY);
        if (code != 0) {
            loose->free(loose); /* else the odb's now */
        }
    }
    if (code != 0) {
        git_odb_free(*odb);
        *odb = NULL;
    }
    return code;
}

int hb_objects_attach(git_repository *git, bool flush)
{
    char *folder = hb_path_join(git_repository_path(git), "objects");
    git_odb *odb = NULL;
    git_odb_backend *packs = NULL;
    int code = hb_objects_loose(&odb, folder, flush);
    if (code == 0) {
        code = git_odb_backend_pack(&packs, folder);
    }
    if (code == 0) {
        code = git_odb_add_backend(odb, packs, PACK_PRIORITY);
    }
    if (code == 0) {
        packs = NULL; /* the odb's now */
        code = git_repository_set_odb(git, odb);
    }
    if (packs != NULL) {
        packs->free(packs);
    }
    git_odb_free(odb);
    free(folder);
    return code;
}

int hb_objects_open(git_repository **git, const char *path, bool flush)
{
    int code = git_repository_open_bare(git, path);
    if (code == 0 && (code = hb_objects_attach(*git, flush)) != 0) {
        git_repository_free(*git);
        *git = NULL;
    }
    return code;
}

bool hb_objects_attempt(const git_commit *commit, git_oid *id)
{
    git_message_trailer_array trailers = {0};
    bool found = false;
    if (git_message_trailers(&trailers, git_commit_message(commit)) != 0) {
        return false;
    }
    for (size_t i = 0; i < trailers.count; i++) {
        found = found || (strcmp(trailers.trailers[i].key, "Attempt") == 0 &&
                          git_oid_fromstr(id, trailers.trailers[i].value) == 0);
    }
    git_message_trailer_array_free(&trailers);
    return found;
}
