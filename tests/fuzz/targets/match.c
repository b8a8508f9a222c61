/* A server's log, of any version: what is told stands in the line that was
 * read, a module is one of this server's, and a traceback is bounded. */
#include "must.h"

#include "confirm/match.h"

#include <string.h>

static const struct {
    enum hb_profile profile;
    const char *copies;
    const char *pickup;
} servers[] = {
    {HB_PROFILE_ZATO_2, "/srv/server1/work/hot-deploy/current",
     "/srv/server1/pickup-dir"},
    {HB_PROFILE_ZATO_32, "/srv/server1/work/hot-deploy/current",
     "/srv/server1/pickup/incoming/services"},
    {HB_PROFILE_ZATO_4, NULL, "/srv/server1/pickup/incoming/services"},
};
#define SERVERS (sizeof servers / sizeof servers[0])

struct seen {
    const char *line;
    size_t len;
    enum hb_profile profile;
};

static bool in_line(const struct seen *seen, const char *text)
{
    return memmem(seen->line, seen->len, text, strlen(text)) != NULL;
}

/* Does the path lie where a server of that version has its modules? */
static bool in_place(enum hb_profile profile, const char *path, size_t module)
{
    static const char *const folders[] = {"/work/hot-deploy/current/",
                                          "/pickup-dir/",
                                          "/pickup/incoming/services/"};
    size_t len = strlen(path) - module;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t tail = strlen(folders[i]);
        if (len >= tail && memcmp(path + len - tail, folders[i], tail) == 0) {
            return i != 0 || profile != HB_PROFILE_ZATO_4;
        }
    }
    return false;
}

static void on_event(void *user, const struct hb_log_event *event)
{
    const struct seen *seen = user;
    MUST(event->process != NULL && event->process[0] != '\0');
    MUST(strspn(event->process, "0123456789") == strlen(event->process));
    MUST(strncmp(event->thread, event->process, strlen(event->process)) == 0);
    MUST(event->names != NULL);
    if (event->module != NULL) {
        MUST(strchr(event->module, '/') == NULL);
        MUST(event->path != NULL);
        size_t path = strlen(event->path);
        size_t module = strlen(event->module);
        MUST(path >= module &&
             strcmp(event->path + path - module, event->module) == 0);
        if (strchr(event->path, '/') != NULL) {
            MUST(in_place(seen->profile, event->path, module));
        }
    }
    switch (event->word) {
    case HB_WORD_SERVICES:
        MUST(in_line(seen, "Deployed ") ||
             (seen->profile == HB_PROFILE_ZATO_2 &&
              in_line(seen, "Uploaded package id:[")));
        MUST(in_line(seen, event->module));
        break;
    case HB_WORD_MODELS: MUST(in_line(seen, "Deployed ")); break;
    case HB_WORD_NOTHING:
        MUST(in_line(seen, "No services") || in_line(seen, "Package id:["));
        break;
    case HB_WORD_ERROR:
        MUST(event->text != NULL && strlen(event->text) == event->text_len);
        MUST(event->text_len <= HB_MATCH_TRACEBACK_MAX + HB_MATCH_LINE_MAX);
        break;
    case HB_WORD_STARTING:
    case HB_WORD_STARTED:
    case HB_WORD_STOPPED:
    case HB_WORD_DEAF: MUST(event->module == NULL); break;
    }
}

static struct hb_matcher *matcher_of(size_t which)
{
    /* Patterns are compiled once: a run would otherwise do little else. */
    static struct hb_matcher *matchers[SERVERS];
    if (matchers[which] == NULL) {
        struct hb_server server = {.name = "server1",
                                   .path = "/srv/server1",
                                   .profile = servers[which].profile,
                                   .copies = (char *)servers[which].copies,
                                   .pickup = (char *)servers[which].pickup};
        matchers[which] = hb_matcher_new(&server);
    }
    return matchers[which];
}

static void read_log(size_t which, const char *at, size_t left)
{
    struct hb_matcher *matcher = matcher_of(which);
    while (left > 0) {
        const char *end = memchr(at, '\n', left);
        size_t len = end == NULL ? left : (size_t)(end - at);
        /* As the follower does: in memory of just its size, and cut. */
        size_t kept = len > HB_MATCH_LINE_MAX ? HB_MATCH_LINE_MAX : len;
        char *line = malloc(kept + 1);
        memcpy(line, at, kept);
        line[kept] = '\0';
        struct seen seen = {line, kept, servers[which].profile};
        hb_matcher_line(matcher, line, kept, on_event, &seen);
        free(line);
        size_t gone = len + (end != NULL);
        at += gone;
        left -= gone;
    }
    hb_matcher_reset(matcher);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < SERVERS; i++) {
        read_log(i, (const char *)data, size);
    }
    return 0;
}
