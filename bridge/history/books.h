/*
 * The repository and its index, which are opened, mended and closed together.
 * Blocking; thread: whoever opens them, then the lane.
 */
#ifndef HB_HISTORY_BOOKS_H
#define HB_HISTORY_BOOKS_H

#include "history/index.h"
#include "history/repo.h"

struct hb_books {
    struct hb_repo repo;
    struct hb_index *index;
    unsigned heals; /* since the start */
};

/* Most repositories that one bridge sets aside: a disk that damages each new
 * one at once must not be filled with them. */
#define HB_BOOKS_HEALS 3

/* *notice: see hb_repo_open(). */
bool hb_books_open(struct hb_books *books, const char *path, char **notice,
                   struct hb_error *err);
void hb_books_close(struct hb_books *books);

/* After a write that failed: reads anew what only the journal had had, removes
 * locks that were left over and, where the repository is damaged (`damaged`: it
 * is known to be), sets it aside. True
 * when something was done and the write is worth another try. Until the next
 * try, when even a new one cannot be made, there are no books. */
bool hb_books_mend(struct hb_books *books, bool damaged);

#endif
