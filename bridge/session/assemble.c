#include "session/assemble.h"

#include "base/text.h"

enum hb_assembled hb_assemble(struct hb_buffer *incoming,
                              const struct hb_piece *piece,
                              struct hb_buffer *message)
{
    if (piece->binary) {
        return HB_ASSEMBLED_BINARY;
    }
    size_t room = incoming->max - incoming->len;
    if (piece->len > room || piece->left > room - piece->len ||
        !hb_buffer_add(incoming, piece->bytes, piece->len)) {
        return HB_ASSEMBLED_TOO_LARGE;
    }
    if (!piece->last || piece->left > 0) {
        return HB_ASSEMBLED_PART;
    }
    *message = *incoming;
    *incoming = (struct hb_buffer){.max = message->max};
    return hb_text_is_utf8(hb_buffer_text(message), message->len)
               ? HB_ASSEMBLED_WHOLE
               : HB_ASSEMBLED_NOT_UTF8;
}
