#include "history/journal.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* A head's first bytes: the format, and its version. */
static const char magic[4] = {'h', 'b', 'j', '1'};

struct head {
    char magic[4];
    uint32_t len;
    uint64_t run;
    uint32_t sum; /* of the head without it, and the record */
    uint32_t unused;
};
_Static_assert(sizeof(struct head) == HB_JOURNAL_HEAD, "a head's size");

static uint32_t sum_of(struct head head, const char *record)
{
    head.sum = 0;
    uLong sum = crc32(0, (const Bytef *)&head, sizeof head);
    return (uint32_t)crc32(sum, (const Bytef *)record, head.len);
}

static bool tell(struct hb_error *err, int failure, const char *what)
{
    char text[128];
    return hb_error_set(err, HB_EHISTORY,
                        "the history's journal %s: %s; nothing is lost, see "
                        "to disk space and permissions and try again",
                        what, strerror_r(failure, text, sizeof text));
}

static bool write_at(int fd, const void *bytes, size_t len, uint64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t wrote = pwrite(fd, (const char *)bytes + done, len - done,
                               (off_t)(offset + done));
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            errno = wrote == 0 ? ENOSPC : errno;
            return false;
        }
        done += (size_t)wrote;
    }
    return true;
}

/* False with errno, 0 at the file's end. */
static bool read_at(int fd, void *bytes, size_t len, uint64_t offset)
{
    size_t done = 0;
    while (done < len) {
        ssize_t got =
            pread(fd, (char *)bytes + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            errno = got == 0 ? 0 : errno;
            return false;
        }
        done += (size_t)got;
    }
    return true;
}

static void begin_run(struct hb_journal *journal)
{
    journal->used = journal->last = 0;
    if (getrandom(&journal->run, sizeof journal->run, 0) !=
        (ssize_t)sizeof journal->run) {
        journal->run++;
    }
}

/* ---- records ---------------------------------------------------------- */

/* The record there; NULL with errno, 0 where there is none. */
static char *read_record(const struct hb_journal *journal, uint64_t offset,
                         struct head *head)
{
    struct stat st;
    if (fstat(journal->fd, &st) != 0 ||
        !read_at(journal->fd, head, sizeof *head, offset)) {
        return NULL;
    }
    errno = 0;
    if (memcmp(head->magic, magic, sizeof magic) != 0 ||
        head->len > (uint64_t)st.st_size - offset) {
        return NULL;
    }
    char *record = hb_alloc(head->len + 1);
    bool read =
        read_at(journal->fd, record, head->len, offset + HB_JOURNAL_HEAD);
    if (!read || sum_of(*head, record) != head->sum) {
        errno = read ? 0 : errno;
        free(record);
        return NULL;
    }
    return record;
}

/* Goes through them, and leaves the journal behind the last. */
static bool scan(struct hb_journal *journal, hb_journal_fn each, void *user,
                 struct hb_error *err)
{
    struct head head;
    char *record;
    bool ok = true;
    begin_run(journal);
    while (ok && (record = read_record(journal, journal->used, &head))) {
        if (journal->used > 0 && head.run != journal->run) {
            free(record); /* of an earlier run */
            return true;
        }
        journal->run = head.run;
        ok = each == NULL || each(user, record, head.len, err);
        journal->last = journal->used;
        journal->used += HB_JOURNAL_HEAD + head.len;
        free(record);
    }
    return ok && (errno == 0 || tell(err, errno, "cannot be read"));
}

void hb_journal_begin(struct hb_buffer *record)
{
    static const char head[HB_JOURNAL_HEAD];
    hb_buffer_add(record, head, sizeof head);
}

bool hb_journal_add(struct hb_journal *journal, struct hb_buffer *record,
                    struct hb_error *err)
{
    struct head head = {.run = journal->run};
    size_t len = record->len - HB_JOURNAL_HEAD;
    if (len > UINT32_MAX) {
        return tell(err, EFBIG, "cannot be written");
    }
    memcpy(head.magic, magic, sizeof magic);
    head.len = (uint32_t)len;
    head.sum = sum_of(head, record->data + HB_JOURNAL_HEAD);
    memcpy(record->data, &head, sizeof head);
    journal->stale = false; /* it takes the place */
    uint64_t at = journal->used;
    journal->last = at;
    journal->used += record->len;
    if (write_at(journal->fd, record->data, record->len, at) &&
        fdatasync(journal->fd) == 0) {
        return true;
    }
    tell(err, errno, "cannot be written");
    hb_journal_take_back(journal);
    return false;
}

/* No record begins there. */
static bool end_at(struct hb_journal *journal, uint64_t offset)
{
    static const char none[HB_JOURNAL_HEAD];
    journal->used = journal->last = offset;
    journal->stale = !write_at(journal->fd, none, sizeof none, offset) ||
                     fdatasync(journal->fd) != 0;
    return !journal->stale;
}

void hb_journal_take_back(struct hb_journal *journal)
{
    if (!end_at(journal, journal->last)) {
        LOG_ERR("the history's journal may keep what was not recorded: %s; it "
                "is tried again",
                strerror(errno));
    }
}

bool hb_journal_cut(struct hb_journal *journal, struct hb_error *err)
{
    return end_at(journal, journal->used) ||
           tell(err, errno, "cannot be written");
}

bool hb_journal_each(const struct hb_journal *journal, hb_journal_fn each,
                     void *user, struct hb_error *err)
{
    struct hb_journal again = *journal;
    return scan(&again, each, user, err) &&
           (again.used == journal->used || tell(err, EUCLEAN, "is damaged"));
}

/* ---- the file --------------------------------------------------------- */

static bool is_named(const struct hb_journal *journal, const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0 && st.st_ino == journal->inode &&
           st.st_dev == journal->device;
}

bool hb_journal_empty(struct hb_journal *journal, const char *path,
                      struct hb_error *err)
{
    struct stat st;
    /* First, since the next record may be added even if this fails: those that
     * lie behind it then are none. */
    begin_run(journal);
    if (!end_at(journal, 0)) {
        return tell(err, errno, "cannot be emptied");
    }
    if (fstat(journal->fd, &st) == 0 && st.st_size > HB_JOURNAL_ROOM &&
        ftruncate(journal->fd, HB_JOURNAL_ROOM) != 0) {
        return tell(err, errno, "cannot be cut");
    }
    if (!is_named(journal, path)) {
        hb_journal_close(journal);
    }
    return true;
}

/* Zeros for the room that is not there; its name lasts then. */
static bool make_room(const char *path, int fd, uint64_t from)
{
    static const char zeros[64 * 1024];
    bool ok = true;
    while (ok && from < HB_JOURNAL_ROOM) {
        uint64_t len = HB_JOURNAL_ROOM - from;
        len = len < sizeof zeros ? len : sizeof zeros;
        ok = write_at(fd, zeros, len, from);
        from += len;
    }
    ok = ok && fsync(fd) == 0;
    if (ok) {
        char *folder = hb_strndup(path, (size_t)(strrchr(path, '/') - path));
        ok = hb_disk_flush(folder, NULL);
        free(folder);
    }
    return ok;
}

bool hb_journal_open(struct hb_journal *journal, const char *path,
                     struct hb_error *err)
{
    struct stat st;
    *journal = (struct hb_journal){.fd = -1};
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0 || fstat(fd, &st) != 0) {
        tell(err, errno, "cannot be opened");
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        tell(err, EINVAL, "is no file");
        goto out;
    }
    if (st.st_size < HB_JOURNAL_ROOM &&
        !make_room(path, fd, (uint64_t)st.st_size)) {
        tell(err, errno, "has no room");
        goto out;
    }
    journal->fd = fd;
    journal->device = st.st_dev;
    journal->inode = st.st_ino;
    journal->written = st.st_size == 0 ? 0 : st.st_mtime;
    if (scan(journal, NULL, NULL, err)) {
        return true;
    }
out:
    journal->fd = -1;
    if (fd >= 0) {
        close(fd);
    }
    return false;
}

void hb_journal_close(struct hb_journal *journal)
{
    if (journal->fd >= 0) {
        close(journal->fd);
    }
    journal->fd = -1;
    journal->stale = false;
}
