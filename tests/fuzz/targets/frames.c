/* Messages in any pieces: as many messages come out as went in, with the same
 * bytes, and none that is too large or not UTF-8. Each piece begins with two
 * bytes: flags, and how many bytes it has. */
#include "must.h"

#include "base/text.h"
#include "session/assemble.h"

#include <string.h>

#define MESSAGE_MAX 600

enum { LAST = 1, BINARY = 2, LEFT = 4, HUGE_LEFT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_buffer incoming = {.max = MESSAGE_MAX};
    char expected[MESSAGE_MAX];
    size_t len = 0;
    while (size >= 2) {
        uint8_t flags = data[0];
        struct hb_piece piece = {.bytes = (const char *)data + 2,
                                 .len = data[1],
                                 .last = flags & LAST,
                                 .binary =
                                     (flags & BINARY) != 0 && flags >= 128,
                                 .left = flags & LEFT ? flags >> 4 : 0};
        if (piece.len > size - 2) {
            piece.len = size - 2;
        }
        if ((flags & HUGE_LEFT) && flags >= 128) {
            piece.left = SIZE_MAX - (size_t)(flags & 0x70);
        }
        data += 2 + piece.len;
        size -= 2 + piece.len;
        bool fits = piece.len <= MESSAGE_MAX - len &&
                    piece.left <= MESSAGE_MAX - len - piece.len;
        struct hb_buffer message = {0};
        enum hb_assembled result = hb_assemble(&incoming, &piece, &message);
        MUST(incoming.size <= 2 * MESSAGE_MAX + 2);
        if (piece.binary) {
            MUST(result == HB_ASSEMBLED_BINARY);
            break;
        }
        MUST((result == HB_ASSEMBLED_TOO_LARGE) == !fits);
        if (!fits) {
            break;
        }
        memcpy(expected + len, piece.bytes, piece.len);
        len += piece.len;
        if (!piece.last || piece.left > 0) {
            MUST(result == HB_ASSEMBLED_PART && message.data == NULL);
            continue;
        }
        MUST(message.len == len);
        MUST(memcmp(hb_buffer_text(&message), expected, len) == 0);
        MUST((result == HB_ASSEMBLED_WHOLE) == hb_text_is_utf8(expected, len));
        MUST(incoming.len == 0 && incoming.max == MESSAGE_MAX);
        hb_buffer_release(&message);
        if (result != HB_ASSEMBLED_WHOLE) {
            break;
        }
        len = 0;
    }
    hb_buffer_release(&incoming);
    return 0;
}
