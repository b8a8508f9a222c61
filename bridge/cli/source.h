/*
 * A file that is to be deployed: its exact bytes, and what its own repository
 * says about it. Blocking. Thread: any.
 */
#ifndef HB_CLI_SOURCE_H
#define HB_CLI_SOURCE_H

#include "base/error.h"
#include "model/deploy.h"

#include <stddef.h>

struct hb_source {
    char *module; /* the file's name */
    char *path;   /* absolute */
    char *bytes;
    size_t len;
    char *vcs_commit; /* NULL: no repository, or no commit yet */
    char *vcs_branch;
    enum hb_tristate vcs_dirty;
};

/* HB_EUSAGE where it cannot be read, HB_EMODULE where it can be no module
 * (not UTF-8, NUL, too large for a message): module and path are set then.
 * Release it in any case. */
bool hb_source_read(const char *file, struct hb_source *source,
                    struct hb_error *err);
void hb_source_release(struct hb_source *source);

#endif
