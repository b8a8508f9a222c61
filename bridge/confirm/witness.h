/*
 * The second witness of a log's line: what lies where the server imports the
 * module from, and the bytecode that Python made of it. docs/truth.md says
 * why. Blocking; any thread.
 */
#ifndef HB_CONFIRM_WITNESS_H
#define HB_CONFIRM_WITNESS_H

#include "model/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hb_bytecode {
    HB_BYTECODE_UNREADABLE, /* none, or not to be read: says nothing */
    HB_BYTECODE_MATCHES,    /* made of the file that lies there */
    HB_BYTECODE_STALE,      /* made of another one */
};

struct hb_witness {
    bool readable; /* the file that is imported could be read */
    bool ours;     /* it holds exactly our bytes */
    bool partial;  /* it holds only their beginning: it is being written */
    int64_t mtime; /* its mtime, whole seconds */
    enum hb_bytecode bytecode;
    /* When the server's own copy and its bytecode, where it matches, came to
     * be, by the file system's clock in nanoseconds; 0: not known. What a line
     * says of an import from them is written after that. */
    int64_t copied;
    int64_t compiled;
    uint64_t device; /* whose clock it is */
};

/* Looks at the server's own copy, or where it has none at the file in its
 * pickup directory. */
void hb_witness_look(const struct hb_server *server, const char *module,
                     const char *bytes, size_t len, struct hb_witness *out);

#endif
