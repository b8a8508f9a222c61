#include "history/ids.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "base/sum.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC "hotbridge-ids 1\n"
/* Twice what is kept, so that chains stay short; a power of two. */
#define SLOTS (2 * HB_IDS_FRESH)
/* A file that could not be written is tried again after so many. */
#define RETRY_EVERY 128
/* Records read or written at once. */
#define CHUNK 1024

/* As in the file: sorted by number, of one machine's byte order. */
struct record {
    uint64_t number; /* 0: a free slot */
    git_oid commit;
} __attribute__((packed));

/* What stands before the records. */
struct head {
    char magic[sizeof MAGIC - 1];
    uint64_t count;
    uint64_t sum; /* of the records */
};

struct hb_ids {
    char *path;
    int fd; /* -1: no file */
    uint64_t count;
    uint64_t sum;
    struct record *fresh; /* SLOTS */
    size_t fresh_count;
    bool forgot; /* some that were in no file */
};

struct hb_ids *hb_ids_new(const char *path)
{
    struct hb_ids *ids = hb_alloc(sizeof *ids);
    ids->path = hb_strdup(path);
    ids->fd = -1;
    ids->sum = HB_SUM_START;
    ids->fresh = hb_alloc(SLOTS * sizeof *ids->fresh);
    return ids;
}

static void close_file(struct hb_ids *ids)
{
    if (ids->fd >= 0) {
        close(ids->fd);
    }
    ids->fd = -1;
    ids->count = 0;
    ids->sum = HB_SUM_START;
}

void hb_ids_free(struct hb_ids *ids)
{
    if (ids != NULL) {
        close_file(ids);
        free(ids->fresh);
        free(ids->path);
        free(ids);
    }
}

/* How many of the records from `first` on were read, CHUNK at most. */
static size_t read_chunk(const struct hb_ids *ids, uint64_t first,
                         struct record *records)
{
    if (first >= ids->count) {
        return 0;
    }
    size_t wanted = ids->count - first < CHUNK ? ids->count - first : CHUNK;
    ssize_t got = pread(ids->fd, records, wanted * sizeof *records,
                        (off_t)(sizeof(struct head) + first * sizeof *records));
    return got < 0 ? 0 : (size_t)got / sizeof *records;
}

bool hb_ids_load(struct hb_ids *ids, uint64_t sum)
{
    struct head head;
    struct record records[CHUNK];
    uint64_t actual = HB_SUM_START;
    close_file(ids);
    ids->fd = open(ids->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (ids->fd < 0) {
        return false;
    }
    bool ok = pread(ids->fd, &head, sizeof head, 0) == (ssize_t)sizeof head &&
              memcmp(head.magic, MAGIC, sizeof head.magic) == 0 &&
              head.sum == sum;
    ids->count = ok ? head.count : 0;
    for (uint64_t at = 0; ok && at < ids->count;) {
        size_t got = read_chunk(ids, at, records);
        actual = hb_sum(actual, records, got * sizeof *records);
        at += got;
        ok = got > 0;
    }
    if (!ok || actual != sum) {
        close_file(ids);
        return false;
    }
    ids->sum = sum;
    return true;
}

static struct record *slot_of(const struct hb_ids *ids, uint64_t number)
{
    size_t at = number & (SLOTS - 1);
    while (ids->fresh[at].number != 0 && ids->fresh[at].number != number) {
        at = (at + 1) & (SLOTS - 1);
    }
    return &ids->fresh[at];
}

bool hb_ids_full(const struct hb_ids *ids)
{
    /* Now and then again, while a disk takes nothing. */
    return ids->fresh_count >= HB_IDS_FRESH &&
           ids->fresh_count % RETRY_EVERY == 0;
}

void hb_ids_put(struct hb_ids *ids, uint64_t number, const git_oid *commit)
{
    /* A disk that takes nothing must not fill the table: what it forgets then
     * is found again at the next start, if no file says that all is there. */
    if (ids->fresh_count >= SLOTS - 1) {
        ids->forgot = true;
        memset(ids->fresh, 0, SLOTS * sizeof *ids->fresh);
        ids->fresh_count = 0;
    }
    struct record *slot = slot_of(ids, number);
    ids->fresh_count += slot->number == 0;
    slot->number = number;
    slot->commit = *commit;
}

/* Numbers are spread evenly: a guess at the place saves most of the reads. */
static bool find_in_file(const struct hb_ids *ids, uint64_t number,
                         git_oid *commit)
{
    uint64_t low = 0;
    uint64_t high = ids->count;
    bool guess = true;
    while (low < high) {
        struct record record;
        uint64_t at = low + (high - low) / 2;
        if (guess && high - low > CHUNK) {
            at = (uint64_t)((double)number / (double)UINT64_MAX *
                            (double)ids->count);
            at = at < low ? low : at >= high ? high - 1 : at;
        }
        guess = false;
        off_t place = (off_t)(sizeof(struct head) + at * sizeof record);
        if (pread(ids->fd, &record, sizeof record, place) !=
            (ssize_t)sizeof record) {
            return false;
        }
        if (record.number == number) {
            *commit = record.commit;
            return true;
        }
        if (record.number < number) {
            low = at + 1;
        } else {
            high = at;
        }
    }
    return false;
}

bool hb_ids_find(const struct hb_ids *ids, uint64_t number, git_oid *commit)
{
    const struct record *slot = slot_of(ids, number);
    if (slot->number == number && number != 0) {
        *commit = slot->commit;
        return true;
    }
    return find_in_file(ids, number, commit);
}

/* ---- the file made anew ----------------------------------------------- */

struct merge {
    const struct hb_ids *ids;
    int fd;
    bool ok;
    bool changed; /* the old file, by somebody else */
    struct head head;
    struct record old[CHUNK];
    size_t old_count;
    size_t old_at;
    uint64_t old_first; /* of the chunk after this one */
    uint64_t old_sum;   /* of those that were read */
    struct record out[CHUNK];
    size_t out_count;
};

static void flush_out(struct merge *merge)
{
    merge->head.sum = hb_sum(merge->head.sum, merge->out,
                             merge->out_count * sizeof *merge->out);
    merge->ok =
        merge->ok && hb_file_write_all(merge->fd, merge->out,
                                       merge->out_count * sizeof merge->out[0]);
    merge->out_count = 0;
}

static void give(struct merge *merge, const struct record *record)
{
    merge->out[merge->out_count++] = *record;
    merge->head.count++;
    if (merge->out_count == CHUNK) {
        flush_out(merge);
    }
}

/* The next one of the old file, or NULL at its end. */
static const struct record *peek_old(struct merge *merge)
{
    if (merge->old_at == merge->old_count) {
        merge->old_count = read_chunk(merge->ids, merge->old_first, merge->old);
        merge->old_first += merge->old_count;
        merge->old_at = 0;
        merge->old_sum = hb_sum(merge->old_sum, merge->old,
                                merge->old_count * sizeof merge->old[0]);
        /* Not as it was loaded: no new sum may say that all is well. */
        merge->changed =
            merge->changed ||
            (merge->old_count == 0 && (merge->old_first != merge->ids->count ||
                                       merge->old_sum != merge->ids->sum));
    }
    return merge->old_count == 0 ? NULL : &merge->old[merge->old_at];
}

static int by_number(const void *a, const void *b)
{
    const struct record *one = a;
    const struct record *other = b;
    return (one->number > other->number) - (one->number < other->number);
}

static void merge_all(struct merge *merge, const struct record *fresh,
                      size_t count)
{
    const struct record *old;
    for (size_t i = 0; i < count; i++) {
        while ((old = peek_old(merge)) != NULL &&
               old->number < fresh[i].number) {
            give(merge, old);
            merge->old_at++;
        }
        if (old != NULL && old->number == fresh[i].number) {
            merge->old_at++;
        }
        give(merge, &fresh[i]);
    }
    while ((old = peek_old(merge)) != NULL) {
        give(merge, old);
        merge->old_at++;
    }
    flush_out(merge);
}

bool hb_ids_save(struct hb_ids *ids, uint64_t *sum, struct hb_error *err)
{
    if (ids->forgot) {
        return hb_error_set(err, HB_EHISTORY,
                            "%s could not be written for too long and lacks "
                            "some deploys now",
                            ids->path);
    }
    struct merge *merge = hb_alloc(sizeof *merge);
    struct record *fresh = hb_alloc(SLOTS * sizeof *fresh);
    size_t count = 0;
    char *beside = hb_format("%s.new", ids->path);
    for (size_t i = 0; i < SLOTS; i++) {
        if (ids->fresh[i].number != 0) {
            fresh[count++] = ids->fresh[i];
        }
    }
    qsort(fresh, count, sizeof *fresh, by_number);
    merge->ids = ids;
    merge->fd =
        open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    merge->ok = merge->fd >= 0;
    memcpy(merge->head.magic, MAGIC, sizeof merge->head.magic);
    merge->head.sum = HB_SUM_START;
    merge->old_sum = HB_SUM_START;
    if (merge->ok) {
        merge->ok =
            hb_file_write_all(merge->fd, &merge->head, sizeof merge->head);
        merge_all(merge, fresh, count);
        const struct head head = merge->head;
        merge->ok =
            merge->ok && !merge->changed &&
            pwrite(merge->fd, &head, sizeof head, 0) == (ssize_t)sizeof head &&
            rename(beside, ids->path) == 0;
    }
    bool ok = merge->ok;
    if (ok) {
        close_file(ids);
        ids->fd = merge->fd;
        ids->count = merge->head.count;
        ids->sum = merge->head.sum;
        memset(ids->fresh, 0, SLOTS * sizeof *ids->fresh);
        ids->fresh_count = 0;
        *sum = ids->sum;
    } else {
        if (merge->changed) {
            hb_error_set(err, HB_EHISTORY, "%s is damaged", ids->path);
        } else {
            hb_error_errno(err, HB_EHISTORY, errno, "cannot write %s",
                           ids->path);
        }
        if (merge->fd >= 0) {
            close(merge->fd);
            unlink(beside);
        }
    }
    free(beside);
    free(fresh);
    free(merge);
    return ok;
}
