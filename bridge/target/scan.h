/*
 * Where things stand in a git-config file. libgit2 says what a file means but
 * not on which line; this finds the lines, for messages and for removing a
 * section whole. It forgives what libgit2 refuses. Pure. Thread: any.
 */
#ifndef HB_TARGET_SCAN_H
#define HB_TARGET_SCAN_H

#include <stdbool.h>
#include <stddef.h>

/* A section's header, or a key with its value. */
struct hb_scan_item {
    char *name; /* as libgit2 has it: "target.dev", "target.dev.onsave" */
    char *word; /* a key as it was written: "onSave"; NULL for a header */
    int line;
    size_t start; /* its first byte, and the one behind its last */
    size_t end;
};

struct hb_scan {
    struct hb_scan_item *items;
    size_t count;
    int continued;  /* first line that a backslash carries on, or 0 */
    int bad_escape; /* first line with a "\\x" that git does not know, or 0 */
};

void hb_scan_read(struct hb_scan *scan, const char *bytes, size_t len);
void hb_scan_release(struct hb_scan *scan);

/* The next key of that name at or behind *from, which moves behind it; NULL
 * when there is none. */
const struct hb_scan_item *hb_scan_find(const struct hb_scan *scan,
                                        const char *name, size_t *from);

/* Puts the name of the target into *target (freed by the caller) when it is
 * a section "target.NAME". */
bool hb_scan_is_target(const char *section, char **target);

#endif
