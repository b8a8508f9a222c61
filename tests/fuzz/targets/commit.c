/* The message of a commit of the history, as it may have been damaged: read,
 * and what was read is stable when it is written and read again. */
#include "must.h"

#include "history/message.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    struct hb_deploy *deploy = hb_deploy_new();
    struct hb_log_mark *marks = NULL;
    size_t count = 0;
    if (hb_message_read(text, deploy, &marks, &count)) {
        MUST(deploy->module != NULL);
        const struct hb_message_extra extra = {.marks = marks,
                                               .mark_count = count};
        char *once = hb_message_write(deploy, &extra);
        struct hb_deploy *again = hb_deploy_new();
        MUST(hb_message_read(once, again, NULL, NULL));
        MUST(strcmp(again->module, deploy->module) == 0);
        MUST(again->outcome == deploy->outcome);
        MUST(again->server_count == deploy->server_count);
        hb_deploy_free(again);
        free(once);
    }
    hb_message_free_marks(marks, count);
    hb_deploy_free(deploy);
    free(text);
    return 0;
}
