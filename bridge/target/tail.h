/*
 * What the end of a server's log says of the server itself: which version
 * started, whether it has come up, whether its last word was that it stops,
 * whether it could not watch its pickup directory.
 */
#ifndef HB_TARGET_TAIL_H
#define HB_TARGET_TAIL_H

#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

/* Bytes of a log's end that are looked at. */
#define HB_TAIL_BYTES (256u * 1024)

struct hb_tail {
    char version[128]; /* "Zato 3.2…" of the last start seen, or "" */
    bool started;      /* it said after that start that it has started */
    bool stopped;      /* the very last line says that it has stopped */
    bool blind;        /* no file observer since the last start */
};

/* Pure. Thread: any. */
void hb_tail_parse(const char *bytes, size_t len, struct hb_tail *tail);

/* Reads the end of the file. *age: seconds since it was last written to,
 * negative when that lies in the future. Blocking; thread: any. */
bool hb_tail_read(const char *log, struct hb_tail *tail, double *age,
                  struct hb_error *err);

#endif
