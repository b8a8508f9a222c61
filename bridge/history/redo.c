#include "history/redo.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "history/loose.h"
#include "history/ref.h"
#include "history/settle.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* An entry of a record is its kind in one byte and its length in four, in the
 * machine's own order. An object begins with its id; a move's texts end each in
 * a NUL. */
#define ENTRY_HEAD 5
#define OBJECT 'o'
#define MOVE 'm'
#define MOVE_TEXTS 4

/* A ref that the journal speaks of. */
struct moved {
    char *ref;
    struct hb_strings values; /* from the first old one to the last, "": none */
    bool ends; /* of an attempt whose outcome is recorded: no matter where */
    struct moved *next;
};

struct redo {
    struct hb_repo *repo;
    bool anew;
    bool refs; /* they alone, not the objects */
    struct moved *moved;
};

/* ---- records ---------------------------------------------------------- */

static void add_head(struct hb_buffer *record, char kind, size_t len)
{
    uint32_t size = (uint32_t)len;
    hb_buffer_add(record, &kind, sizeof kind);
    hb_buffer_add(record, &size, sizeof size);
}

void hb_redo_add_object(struct hb_buffer *record, const git_oid *id,
                        const void *packed, size_t len)
{
    add_head(record, OBJECT, GIT_OID_RAWSZ + len);
    hb_buffer_add(record, id->id, GIT_OID_RAWSZ);
    hb_buffer_add(record, packed, len);
}

void hb_redo_add_move(struct hb_buffer *record, const char *ref,
                      const char *old, const char *commit, const char *ends)
{
    const char *const texts[MOVE_TEXTS] = {ref, old, commit,
                                           ends == NULL ? "" : ends};
    size_t len = 0;
    for (int i = 0; i < MOVE_TEXTS; i++) {
        len += strlen(texts[i]) + 1;
    }
    add_head(record, MOVE, len);
    for (int i = 0; i < MOVE_TEXTS; i++) {
        hb_buffer_add(record, texts[i], strlen(texts[i]) + 1);
    }
}

/* ---- again ------------------------------------------------------------ */

/* What makes no sense was written by another version, or by hand. */
static bool strange(const struct redo *redo, struct hb_error *err)
{
    return hb_error_set(err, HB_EHISTORY,
                        "%s/" HB_JOURNAL " holds what this version does not "
                        "know: start the version that wrote it once more, or "
                        "remove the file, and with it what the history lacks",
                        redo->repo->path);
}

static bool redo_object(const struct redo *redo, const char *bytes, size_t len,
                        struct hb_error *err)
{
    git_oid id;
    if (len < GIT_OID_RAWSZ) {
        return strange(redo, err);
    }
    if (redo->refs) {
        return true;
    }
    git_oid_fromraw(&id, (const unsigned char *)bytes);
    if (!hb_loose_put(redo->repo, &id, bytes + GIT_OID_RAWSZ,
                      len - GIT_OID_RAWSZ, redo->anew, err)) {
        return false;
    }
    hb_settle_add_object(redo->repo, &id);
    return true;
}

static struct moved *moved_ref(struct redo *redo, const char *ref)
{
    for (struct moved *one = redo->moved; one != NULL; one = one->next) {
        if (strcmp(one->ref, ref) == 0) {
            return one;
        }
    }
    struct moved *one = hb_alloc(sizeof *one);
    one->ref = hb_strdup(ref);
    one->next = redo->moved;
    redo->moved = one;
    return one;
}

static bool is_value(const char *text)
{
    return text[0] == '\0' ||
           (strlen(text) == HB_OID_SIZE - 1 &&
            strspn(text, "0123456789abcdef") == HB_OID_SIZE - 1);
}

/* Refs are moved when all records are read: what counts is the last value. */
static bool note_move(struct redo *redo, const char *bytes, size_t len,
                      struct hb_error *err)
{
    const char *texts[MOVE_TEXTS];
    const char *end = bytes + len;
    for (int i = 0; i < MOVE_TEXTS; i++) {
        const char *stop = memchr(bytes, '\0', (size_t)(end - bytes));
        if (stop == NULL) {
            return strange(redo, err);
        }
        texts[i] = bytes;
        bytes = stop + 1;
    }
    if (!git_reference_is_valid_name(texts[0]) || !is_value(texts[1]) ||
        !is_value(texts[2]) ||
        (texts[3][0] != '\0' && !git_reference_is_valid_name(texts[3]))) {
        return strange(redo, err);
    }
    if (!redo->refs) {
        return true;
    }
    struct moved *moved = moved_ref(redo, texts[0]);
    hb_strings_add(&moved->values, texts[1]);
    hb_strings_add(&moved->values, texts[2]);
    if (texts[3][0] != '\0') {
        struct moved *ended = moved_ref(redo, texts[3]);
        hb_strings_add(&ended->values, "");
        ended->ends = true;
    }
    return true;
}

static bool redo_record(void *user, const char *record, size_t len,
                        struct hb_error *err)
{
    struct redo *redo = user;
    while (len >= ENTRY_HEAD) {
        char kind = record[0];
        uint32_t size;
        memcpy(&size, record + 1, sizeof size);
        record += ENTRY_HEAD;
        len -= ENTRY_HEAD;
        if (size > len || (kind != OBJECT && kind != MOVE)) {
            return strange(redo, err);
        }
        if (kind == OBJECT ? !redo_object(redo, record, size, err)
                           : !note_move(redo, record, size, err)) {
            return false;
        }
        record += size;
        len -= size;
    }
    return len == 0 || strange(redo, err);
}

/* A file that holds no commit was torn. */
static bool is_due(const struct moved *moved, bool read, const char *now)
{
    bool due = !read || moved->ends;
    for (size_t i = 0; !due && i < moved->values.count; i++) {
        due = strcmp(moved->values.items[i], now) == 0;
    }
    return due;
}

static bool redo_ref(struct hb_repo *repo, const struct moved *moved, bool anew,
                     struct hb_error *err)
{
    const char *last = moved->values.items[moved->values.count - 1];
    char now[HB_OID_SIZE];
    bool read = hb_ref_read_plain(repo, moved->ref, now);
    if (!is_due(moved, read, now)) {
        LOG_WARN("%s stays at %.7s, where somebody else has put it", moved->ref,
                 now);
        return true;
    }
    bool other = !read || strcmp(now, last) != 0;
    if (other) {
        LOG_INFO("%s is %.7s again, as told before the end of the last bridge",
                 moved->ref, last[0] == '\0' ? "removed" : last);
    }
    if (other || anew) {
        return last[0] == '\0' ? hb_ref_drop_file(repo, moved->ref, err)
                               : hb_ref_put(repo, moved->ref, last, err);
    }
    return true;
}

bool hb_redo_objects(struct hb_repo *repo, bool anew, struct hb_error *err)
{
    struct redo redo = {.repo = repo, .anew = anew};
    return hb_journal_each(&repo->journal, redo_record, &redo, err);
}

bool hb_redo_refs(struct hb_repo *repo, bool anew, struct hb_error *err)
{
    struct redo redo = {.repo = repo, .anew = anew, .refs = true};
    bool ok = hb_journal_each(&repo->journal, redo_record, &redo, err);
    while (redo.moved != NULL) {
        struct moved *one = redo.moved;
        redo.moved = one->next;
        ok = ok && redo_ref(repo, one, anew, err);
        if (ok) {
            hb_settle_add_ref(repo, one->ref);
        }
        hb_strings_release(&one->values);
        free(one->ref);
        free(one);
    }
    return ok;
}

bool hb_redo(struct hb_repo *repo, bool anew, struct hb_error *err)
{
    return hb_redo_objects(repo, anew, err) && hb_redo_refs(repo, anew, err);
}
