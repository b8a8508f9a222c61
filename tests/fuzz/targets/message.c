/* A client's message: taken or refused, and what was taken is stable when it
 * is written and read again. */
#include "must.h"

#include "base/text.h"
#include "wire/encode.h"
#include "wire/limits.h"
#include "wire/message.h"

#include <string.h>

static void check_text(const char *text, size_t max)
{
    if (text != NULL) {
        MUST(strlen(text) <= max);
        MUST(hb_text_is_utf8(text, strlen(text)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_request request;
    struct hb_error err = {0};
    bool good = hb_message_parse((const char *)data, size, &request, &err);
    MUST(good == (err.code == HB_OK));
    check_text(request.rpc_id, HB_WIRE_ID_MAX);
    check_text(request.client_name, HB_WIRE_NAME_MAX);
    check_text(request.nonce, HB_WIRE_NONCE_MAX);
    check_text(request.target, HB_WIRE_TEXT_MAX);
    check_text(request.module, HB_WIRE_MODULE_MAX);
    check_text(request.document, HB_WIRE_TEXT_MAX);
    MUST(request.source_len <= size);
    if (request.source != NULL) {
        MUST(request.source[request.source_len] == '\0');
        MUST(hb_text_is_utf8(request.source, request.source_len));
    }
    MUST(request.limit <= HB_WIRE_LIST_MAX);
    if (good) {
        MUST(request.notification || request.rpc_id != NULL);
        char *once = hb_encode_request(&request);
        struct hb_request again;
        MUST(hb_message_parse(once, strlen(once), &again, NULL));
        char *twice = hb_encode_request(&again);
        MUST(strcmp(once, twice) == 0);
        hb_request_release(&again);
        free(once);
        free(twice);
    } else {
        char *answer = hb_encode_error(request.rpc_id, &err);
        MUST(hb_text_is_utf8(answer, strlen(answer)));
        free(answer);
    }
    hb_request_release(&request);
    return 0;
}
