#include "cli/words.h"

#include "base/alloc.h"
#include "base/text.h"
#include "wire/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

char *hb_words_module(const char *word)
{
    const char *slash = strrchr(word, '/');
    const char *name = slash == NULL ? word : slash + 1;
    size_t len = strlen(name);
    bool ends = len >= 3 && strcmp(name + len - 3, ".py") == 0;
    return hb_format("%s%s", name, ends ? "" : ".py");
}

bool hb_words_commit(const char *word, struct hb_error *err)
{
    size_t len = strlen(word);
    size_t digits = 0;
    while (isxdigit((unsigned char)word[digits])) {
        digits++;
    }
    if (digits != len || len < HB_WIRE_COMMIT_MIN || len >= HB_OID_SIZE) {
        return hb_error_set(err, HB_EUSAGE,
                            "'%s' is not a commit: 4 to 40 hex digits, as "
                            "hotbridge history lists them",
                            word);
    }
    return true;
}

char *hb_words_target(const struct hb_client *client, const char *given,
                      struct hb_error *err)
{
    if (given != NULL) {
        if (!hb_text_is_target(given)) {
            hb_error_set(err, HB_ETARGET, "'%s' is not a target's name", given);
            return NULL;
        }
        return hb_strdup(given);
    }
    struct hb_target *target = hb_client_target(client, NULL, err);
    char *name = target == NULL ? NULL : hb_strdup(target->name);
    hb_target_free(target);
    return name;
}

void hb_words_when(int64_t wall_ms, int64_t now_ms,
                   char out[HB_WORDS_WHEN_SIZE])
{
    time_t when = (time_t)(wall_ms / 1000);
    time_t now = (time_t)(now_ms / 1000);
    struct tm at, today;
    localtime_r(&when, &at);
    localtime_r(&now, &today);
    bool same = at.tm_year == today.tm_year && at.tm_yday == today.tm_yday;
    if (strftime(out, HB_WORDS_WHEN_SIZE, same ? "%H:%M:%S" : "%Y-%m-%d %H:%M",
                 &at) == 0) {
        out[0] = '\0';
    }
}
