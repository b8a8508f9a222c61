#include "target/version.h"

#include "base/paths.h"
#include "target/problem.h"
#include "wire/scan.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Largest .zato-info, in bytes. */
#define INFO_MAX (64u * 1024)
/* Longest version that is believed. */
#define VERSION_MAX 200

enum hb_profile hb_version_profile(const char *version)
{
    static const struct {
        const char *prefix;
        enum hb_profile profile;
    } known[] = {
        {"Zato 2.", HB_PROFILE_ZATO_2},
        {"Zato 3.2", HB_PROFILE_ZATO_32},
        {"Zato 4.", HB_PROFILE_ZATO_4},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        size_t len = strlen(known[i].prefix);
        if (strncmp(version, known[i].prefix, len) == 0 &&
            (version[len - 1] == '.' ||
             !isdigit((unsigned char)version[len]))) {
            return known[i].profile;
        }
    }
    return HB_PROFILE_UNKNOWN;
}

char *hb_version_python(const char *text)
{
    for (const char *at = strstr(text, "py"); at != NULL;
         at = strstr(at + 1, "py")) {
        const char *number = at + (strncmp(at, "python", 6) == 0 ? 6 : 2);
        size_t major = strspn(number, "0123456789");
        size_t minor =
            number[major] == '.' ? strspn(number + major + 1, "0123456789") : 0;
        if (major == 1 && (minor == 1 || minor == 2)) {
            return hb_strndup(number, major + 1 + minor);
        }
    }
    return NULL;
}

/* The version in .zato-info; NULL without one, or with a problem told. While it
 * cannot be read it says what it said before. */
static char *read_info(struct hb_server *server, const char *before,
                       bool *blind)
{
    char *path = hb_path_join(server->path, ".zato-info");
    char *bytes = NULL;
    size_t len = 0;
    char *version = NULL;
    struct hb_error err = {0};
    if (access(path, F_OK) != 0 && errno == ENOENT) {
        goto out;
    }
    if (!hb_file_read(path, INFO_MAX, &bytes, &len, &err)) {
        *blind = before == NULL;
        version = hb_strdup(before);
        hb_problem(&server->problems,
                   before == NULL ? "%s" : "%s; it is taken to be %s still",
                   err.message, before);
        goto out;
    }
    if (hb_json_scan(bytes, len, NULL, NULL)) {
        size_t size = 0;
        version = hb_span_text(
            hb_span_member(hb_span_of(bytes, len), "version"), &size);
        if (version != NULL && (size == 0 || size > VERSION_MAX)) {
            hb_replace(&version, NULL);
        }
    }
    if (version == NULL) {
        hb_problem(&server->problems,
                   "%s does not tell a version: it should be one JSON object "
                   "with a member \"version\"",
                   path);
    }
out:
    free(bytes);
    free(path);
    return version;
}

/* 2.0 names its pickup directory in a way of its own. */
static bool looks_like_2(const char *pickup)
{
    const char *name = pickup == NULL ? NULL : strrchr(pickup, '/');
    return name != NULL && strcmp(name, "/pickup-dir") == 0;
}

static void guess(struct hb_server *server, const char *pickup, bool blind)
{
    if (server->version != NULL) {
        hb_problem(&server->problems,
                   "its version is %s, for which there are no rules: set "
                   "profile in the target's section to the nearest one",
                   server->version);
    } else if (looks_like_2(pickup)) {
        server->profile = HB_PROFILE_ZATO_2;
        hb_problem(&server->problems,
                   "it names no version; its folders are those of Zato 2.0, "
                   "so those rules are used: set profile = zato-2 in the "
                   "target's section if that is right");
    } else if (!blind) { /* that was told */
        hb_problem(&server->problems,
                   "it names no version (there is no .zato-info): set profile "
                   "in the target's section to zato-2, zato-3.2 or zato-4");
    }
}

void hb_version_look(struct hb_server *server, enum hb_profile configured,
                     const char *before, const char *started,
                     const char *pickup)
{
    bool blind = false;
    char *info = read_info(server, before, &blind);
    bool logged = started[0] != '\0';
    bool upgraded = logged && info != NULL &&
                    hb_version_profile(started) != hb_version_profile(info);
    /* .zato-info is written when the server is created; the log says what
     * really runs. */
    hb_replace(&server->version, info == NULL && !logged    ? NULL
                                 : info == NULL || upgraded ? started
                                                            : info);
    server->profile = server->version == NULL
                          ? HB_PROFILE_UNKNOWN
                          : hb_version_profile(server->version);
    if (configured != HB_PROFILE_AUTO) {
        server->profile = configured;
    } else if (server->profile == HB_PROFILE_UNKNOWN) {
        guess(server, pickup, blind);
    } else if (upgraded) {
        hb_problem(&server->problems,
                   "its .zato-info says %s and its log %s, which is taken: "
                   "set profile = %s in the target's section to settle it",
                   info, started, hb_profile_word(server->profile));
    }
    if (server->profile == HB_PROFILE_UNKNOWN && server->problems.count > 0) {
        hb_replace(&server->unruled,
                   server->problems.items[server->problems.count - 1]);
    }
    free(info);
}
