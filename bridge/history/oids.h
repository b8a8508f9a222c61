/*
 * A list of object ids that is sorted before it is asked. Zero-initialised it
 * is empty. Thread: any, one at a time.
 */
#ifndef HB_HISTORY_OIDS_H
#define HB_HISTORY_OIDS_H

#include "base/error.h"

#include <git2.h>
#include <stddef.h>

struct hb_oids {
    git_oid *items;
    size_t count;
    size_t size;
};

void hb_oids_add(struct hb_oids *list, const git_oid *id);
void hb_oids_sort(struct hb_oids *list); /* and each only once */
bool hb_oids_has(const struct hb_oids *list, const git_oid *id); /* sorted */
void hb_oids_release(struct hb_oids *list);

/* One a line; what is not an id is passed over, a missing file is empty. */
void hb_oids_load(struct hb_oids *list, const char *path);
bool hb_oids_save(const struct hb_oids *list, const char *path,
                  struct hb_error *err);

/* All that a repository holds, sorted. */
bool hb_oids_of(struct hb_oids *list, git_odb *odb);

#endif
