/* What a bridge answers, read by a client of it: any bytes are read or
 * refused, and bridge.json too. */
#include "must.h"

#include "wire/decode.h"
#include "wire/encode.h"

#include <string.h>

static void read_value(const char *value)
{
    struct hb_error err = {0};
    struct hb_target **targets = NULL;
    struct hb_deploy **deploys = NULL;
    size_t count = 0;
    size_t len = 0;
    char *text = NULL;
    char *other = NULL;
    struct hb_deploy *deploy = hb_decode_deploy(value, &err);
    if (deploy != NULL) {
        char *once = hb_encode_deploy(deploy);
        struct hb_deploy *again = hb_decode_deploy(once, NULL);
        MUST(again != NULL);
        char *twice = hb_encode_deploy(again);
        MUST(strcmp(once, twice) == 0);
        free(once);
        free(twice);
        hb_deploy_free(again);
    }
    MUST((deploy == NULL) == (err.code != HB_OK));
    hb_deploy_free(deploy);
    hb_deploy_free(hb_decode_deploy_changed(value, NULL));
    hb_target_free(hb_decode_target(value, NULL));
    if (hb_decode_targets(value, &targets, &count, &text, NULL)) {
        for (size_t i = 0; i < count; i++) {
            hb_target_free(targets[i]);
        }
        free(targets);
        free(text);
    }
    text = NULL;
    if (hb_decode_list(value, &deploys, &count, &text, NULL)) {
        for (size_t i = 0; i < count; i++) {
            hb_deploy_free(deploys[i]);
        }
        free(deploys);
        free(text);
    }
    text = NULL;
    if (hb_decode_source(value, &text, &len, &other, NULL)) {
        free(text);
        free(other);
    }
    text = NULL;
    if (hb_decode_patch(value, &text, NULL)) {
        free(text);
    }
    text = NULL;
    other = NULL;
    if (hb_decode_initialized(value, &text, &other, NULL)) {
        free(text);
        free(other);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hb_reply reply;
    struct hb_error err = {0};
    if (hb_reply_parse((const char *)data, size, &reply, &err)) {
        MUST(err.code == HB_OK);
        if (reply.value != NULL) {
            read_value(reply.value);
        }
    } else {
        MUST(err.code != HB_OK);
    }
    hb_reply_release(&reply);
    struct hb_bridge_info info = {0};
    hb_error_clear(&err);
    if (hb_decode_bridge_info((const char *)data, size, &info, &err)) {
        MUST(info.port > 0 && info.port < 65536);
        MUST(info.token != NULL && info.url != NULL);
    }
    hb_bridge_info_release(&info);
    return 0;
}
