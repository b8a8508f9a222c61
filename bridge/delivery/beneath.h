/*
 * Files in one folder and nowhere else: a folder is opened without following
 * any link on its (resolved) path, and names in it are opened beneath it,
 * never through a link. Blocking; thread: any.
 */
#ifndef HB_DELIVERY_BENEATH_H
#define HB_DELIVERY_BENEATH_H

#include "base/error.h"
#include "base/text.h"

#include <stddef.h>
#include <sys/stat.h>

/* Largest file that is read as a module, in bytes. */
#define HB_BENEATH_MAX (16u * 1024 * 1024)

/* A descriptor of the folder, or -1 with HB_EDELIVERY. */
int hb_beneath_folder(const char *path, struct hb_error *err);

/* Opens a plain file in the folder; -1 with errno set. ELOOP: it is a link;
 * EISDIR, EINVAL: it is something else. */
int hb_beneath_open(int folder, const char *name, int flags, unsigned mode);

struct hb_beneath_file {
    bool exists;
    char blob[HB_OID_SIZE]; /* "" where it does not exist */
    char *bytes;
    size_t len;
    struct stat st;
};

/* Reads the file; missing is no error. False with errno set. */
bool hb_beneath_read(int folder, const char *name,
                     struct hb_beneath_file *file);
void hb_beneath_release(struct hb_beneath_file *file);

#endif
