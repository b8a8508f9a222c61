/*
 * A deploy <-> the message of its commit: a subject and a body for people,
 * then trailers that hold all of it. docs/history.md names them. Pure.
 */
#ifndef HB_HISTORY_MESSAGE_H
#define HB_HISTORY_MESSAGE_H

#include "history/history.h"
#include "model/deploy.h"

/* Longest subject, in bytes. */
#define HB_MESSAGE_SUBJECT 72

/* What stands in a message besides the deploy itself. */
struct hb_message_extra {
    const char *where;               /* found: the file that held it */
    const struct hb_log_mark *marks; /* attempt: where the logs stood */
    size_t mark_count;
    bool attempt; /* the outcome is not known yet */
};

/* Freed by the caller. */
char *hb_message_write(const struct hb_deploy *deploy,
                       const struct hb_message_extra *extra);

/* Reads a message back; what is missing stays absent. *marks (may be NULL) is
 * freed with hb_message_free_marks(). False when there is no Module, or an
 * empty one. */
bool hb_message_read(const char *message, struct hb_deploy *deploy,
                     struct hb_log_mark **marks, size_t *mark_count);

void hb_message_free_marks(struct hb_log_mark *marks, size_t count);

#endif
