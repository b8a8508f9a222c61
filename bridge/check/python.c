#include "check/python.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Pythons that are tried for one check. */
#define CANDIDATES_MAX 8

/* Longest "3.10" that becomes part of a file's name. */
#define VERSION_MAX 8

static void add_executable(struct hb_strings *paths, const char *path)
{
    struct stat st;
    if (path[0] == '/' && paths->count < CANDIDATES_MAX &&
        stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        access(path, X_OK) == 0 && !hb_strings_has(paths, path)) {
        hb_strings_add(paths, path);
    }
}

static void add_from_path(struct hb_strings *paths, const char *name)
{
    const char *at = getenv("PATH");
    if (at == NULL) {
        at = "/usr/local/bin:/usr/bin:/bin";
    }
    while (*at != '\0') {
        size_t len = strcspn(at, ":");
        if (len < PATH_MAX) {
            char *path = hb_format("%.*s/%s", (int)len, at, name);
            add_executable(paths, path);
            free(path);
        }
        at += len + (at[len] == ':');
    }
}

void hb_python_candidates(const char *python, const char *version,
                          struct hb_strings *paths)
{
    if (python != NULL) {
        add_executable(paths, python);
    }
    if (version != NULL && strncmp(version, "2.", 2) == 0) {
        return;
    }
    if (version != NULL && strlen(version) <= VERSION_MAX &&
        strspn(version, "0123456789.") == strlen(version)) {
        char *name = hb_format("python%s", version);
        add_from_path(paths, name);
        free(name);
    }
    add_from_path(paths, "python3");
}
