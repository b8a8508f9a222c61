/*
 * What the history's lane reads. The calls mirror history.h; these block.
 * Thread: the lane.
 */
#ifndef HB_HISTORY_READ_H
#define HB_HISTORY_READ_H

#include "history/write.h"

struct hb_page {
    struct hb_deploy **deploys;
    size_t count;
    char next[2 * HB_OID_SIZE]; /* "": no more */
};

void hb_page_release(struct hb_page *page);

struct hb_deploy *hb_read_get(struct hb_books *books, const char *id,
                              struct hb_error *err);
bool hb_read_list(struct hb_books *books, const struct hb_history_query *query,
                  struct hb_page *page, struct hb_error *err);

/* The whole id of a commit of that module on that target; HB_ECOMMIT. */
bool hb_read_resolve(struct hb_books *books, const char *target,
                     const char *module, const char *prefix,
                     char commit[HB_OID_SIZE], struct hb_error *err);

/* *bytes is freed by the caller. */
bool hb_read_source(struct hb_books *books, const char *module,
                    const char *commit, char **bytes, size_t *len,
                    struct hb_error *err);
bool hb_read_diff(struct hb_books *books, const char *target,
                  const char *module, const char *from, const char *to,
                  char **patch, size_t *len, struct hb_error *err);
bool hb_read_rollback(struct hb_books *books, const char *target,
                      const char *module, const char *commit, const char *now,
                      char found[HB_OID_SIZE], struct hb_error *err);

/* *live and the modules and servers in it are freed by the caller. */
bool hb_read_live(struct hb_books *books, const char *target,
                  const char *module, struct hb_live **live, size_t *count,
                  struct hb_error *err);
void hb_read_free_live(struct hb_live *live, size_t count);

bool hb_read_pending(struct hb_books *books, struct hb_pending **pending,
                     size_t *count, struct hb_error *err);
void hb_read_free_pending(struct hb_pending *pending, size_t count);

#endif
