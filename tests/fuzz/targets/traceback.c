/* A traceback: a place in the module, or none; never beyond the text. */
#include "must.h"

#include "report/traceback.h"

#include <string.h>

static void look(const char *text, size_t len, const char *path)
{
    struct hb_traceback out = {0};
    if (hb_traceback_read(text, len, "crm.py", path, &out)) {
        MUST(out.message != NULL);
        MUST(strlen(out.message) <= len + 1);
    }
    MUST(out.line >= 0 && out.column >= 0);
    MUST(out.column == 0 || out.line > 0);
    if (out.line > 0) {
        char word[32];
        snprintf(word, sizeof word, "%d", out.line);
        MUST(memmem(text, len, word, strlen(word)) != NULL);
        MUST(memmem(text, len, "crm.py", 6) != NULL);
    }
    hb_traceback_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size == 0 ? 1 : size);
    if (size > 0) {
        memcpy(text, data, size);
    }
    look(text, size, NULL);
    look(text, size, "/srv/server1/work/hot-deploy/current/crm.py");
    free(text);
    return 0;
}
