/*
 * The pieces in which a message comes -> the message. A frame may come in
 * several reads, and a message in several frames. Pure. Thread: loop.
 */
#ifndef HB_SESSION_ASSEMBLE_H
#define HB_SESSION_ASSEMBLE_H

#include "base/buffer.h"

/* Borrowed for the call. */
struct hb_piece {
    const char *bytes;
    size_t len;
    size_t left; /* bytes of its frame that are still to come */
    bool last;   /* its frame ends the message */
    bool binary; /* of a binary message */
};

enum hb_assembled {
    HB_ASSEMBLED_PART,      /* more is to come */
    HB_ASSEMBLED_WHOLE,     /* *message has it */
    HB_ASSEMBLED_BINARY,    /* close with 1003 */
    HB_ASSEMBLED_NOT_UTF8,  /* close with 1007 */
    HB_ASSEMBLED_TOO_LARGE, /* close with 1009, before it is all here */
};

/* Adds the piece to `incoming`, whose limit is a message's. Once it is whole
 * it is handed over to *message, which the caller releases, and `incoming` is
 * empty again; the same when it is not UTF-8. */
enum hb_assembled hb_assemble(struct hb_buffer *incoming,
                              const struct hb_piece *piece,
                              struct hb_buffer *message);

#endif
