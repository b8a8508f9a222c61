#include "history/books.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "history/check.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "history"
#include "base/log.h"

static bool open_once(struct hb_books *books, const char *path,
                      const char *damage, bool *gone, char **notice,
                      struct hb_error *err)
{
    *gone = false;
    if (!hb_repo_open(&books->repo, path, damage, notice, err)) {
        return false;
    }
    books->index = hb_index_open(&books->repo, gone, err);
    if (books->index == NULL) {
        hb_repo_release(&books->repo);
        return false;
    }
    return true;
}

bool hb_books_open(struct hb_books *books, const char *path, char **notice,
                   struct hb_error *err)
{
    struct hb_error first = {0};
    bool gone;
    if (open_once(books, path, NULL, &gone, notice, &first)) {
        return true;
    }
    if (gone && *notice == NULL) {
        return open_once(books, path, first.message, &gone, notice, err);
    }
    return hb_error_set(err, first.code, "%s", first.message);
}

void hb_books_close(struct hb_books *books)
{
    hb_index_close(books->index);
    books->index = NULL;
    hb_repo_release(&books->repo);
}

/* Closed and opened: for a new repository where `damage` is given, else since
 * what the journal had is there only now. */
static bool open_again(struct hb_books *books, const char *damage)
{
    struct hb_error err = {0};
    char *notice = NULL;
    char *path = hb_strdup(books->repo.path);
    bool gone;
    hb_books_close(books);
    bool ok = damage == NULL
                  ? hb_books_open(books, path, &notice, &err)
                  : open_once(books, path, damage, &gone, &notice, &err);
    if (!ok) {
        LOG_ERR("%s", err.message);
    }
    if (notice != NULL) {
        LOG_WARN("%s", notice);
    }
    free(notice);
    free(path);
    return ok;
}

bool hb_books_mend(struct hb_books *books, bool damaged)
{
    struct hb_error why = {0};
    struct hb_error err = {0};
    if (books->repo.behind && !damaged) {
        return open_again(books, NULL);
    }
    if (hb_repo_clear_locks(&books->repo) > 0 && !damaged) {
        return true;
    }
    if (!hb_disk_can_open(HB_REPO_FILES, &err) ||
        !hb_check_readable(books->repo.path, &err)) {
        LOG_WARN("the history is not looked at: %s", err.message);
        return false;
    }
    if (damaged) {
        hb_error_set(&why, HB_EHISTORY, "found by the check");
    } else if (hb_check_tips(books->repo.git, &why) &&
               hb_index_agrees(books->index, &why)) {
        return false;
    }
    if (books->heals++ >= HB_BOOKS_HEALS) {
        LOG_ERR("the history is damaged again (%s), and stays as it is: see "
                "to the disk",
                why.message);
        return false;
    }
    return open_again(books, why.message);
}
