/*
 * What the history's lane writes. The calls mirror history.h, which says what
 * they mean; these block. Thread: the lane.
 */
#ifndef HB_HISTORY_WRITE_H
#define HB_HISTORY_WRITE_H

#include "history/books.h"
#include "history/history.h"

bool hb_write_attempt(struct hb_books *books, struct hb_deploy *deploy,
                      const char *bytes, size_t len,
                      const struct hb_log_mark *marks, size_t mark_count,
                      struct hb_attempt_result *result, struct hb_error *err);
bool hb_write_outcome(struct hb_books *books, struct hb_deploy *deploy,
                      char commit[HB_OID_SIZE], struct hb_error *err);
/* Removes what is left of an attempt whose outcome is recorded; nobody need
 * wait for it. That it cannot be removed, or that the bridge is killed before,
 * harms nothing: the next start sees that the outcome is known. */
void hb_write_end_attempt(struct hb_books *books, const char *id);
bool hb_write_rejected(struct hb_books *books, struct hb_deploy *deploy,
                       const char *bytes, size_t len, char commit[HB_OID_SIZE],
                       struct hb_error *err);
bool hb_write_found(struct hb_books *books, const char *target,
                    const char *module, const char *where, const char *bytes,
                    size_t len, char commit[HB_OID_SIZE], struct hb_error *err);
bool hb_write_late(struct hb_books *books, struct hb_deploy *deploy,
                   char commit[HB_OID_SIZE], struct hb_error *err);
bool hb_write_delivering(struct hb_books *books, const char *id,
                         const struct hb_log_mark *marks, size_t count,
                         struct hb_error *err);

/* The file of hb_write_delivering(); freed by the caller. */
char *hb_write_marks_path(const struct hb_books *books, const char *id);

/* Removes the marks of attempts that are not there any more. */
void hb_write_sweep_marks(struct hb_books *books);

#endif
