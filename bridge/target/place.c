#include "target/place.h"

#include "base/paths.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Rebuilds an absolute path part by part. `parents`: ".." removes a part. */
static char *rebuild(const char *path, bool parents)
{
    char *out = hb_alloc(strlen(path) + 2);
    size_t used = 0;
    const char *at = path;
    while (*at != '\0') {
        at += strspn(at, "/");
        size_t len = strcspn(at, "/");
        if (parents && len == 2 && memcmp(at, "..", 2) == 0) {
            while (used > 0 && out[--used] != '/') {
            }
        } else if (len > 0 && !(len == 1 && *at == '.')) {
            out[used++] = '/';
            memcpy(out + used, at, len);
            used += len;
        }
        at += len;
    }
    if (used == 0) {
        out[used++] = '/';
    }
    out[used] = '\0';
    return out;
}

static bool same_file(const char *a, const char *b)
{
    struct stat one;
    struct stat two;
    return stat(a, &one) == 0 && stat(b, &two) == 0 &&
           one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

/* The shell's own idea of where the user stands keeps links; it counts only
 * while it is true. */
static char *working_folder(void)
{
    char space[PATH_MAX];
    const char *shell = getenv("PWD");
    if (shell != NULL && shell[0] == '/' && same_file(shell, ".")) {
        return hb_strdup(shell);
    }
    return hb_strdup(getcwd(space, sizeof space) != NULL ? space : "/");
}

char *hb_place_clean(const char *path)
{
    return rebuild(path, false);
}

char *hb_place_absolute(const char *path)
{
    char *full = hb_path_expand(path);
    if (full[0] != '/') {
        char *folder = working_folder();
        char *joined = hb_path_join(folder, full);
        free(folder);
        free(full);
        full = joined;
    }
    char *clean = rebuild(full, false);
    char *direct = rebuild(full, true);
    bool same = strcmp(clean, direct) == 0 || same_file(clean, direct);
    free(full);
    free(same ? clean : direct);
    return same ? direct : clean;
}

char *hb_place_resolve(const char *folder, const char *path)
{
    char *joined =
        path[0] == '/' ? hb_strdup(path) : hb_path_join(folder, path);
    char *real = realpath(joined, NULL);
    if (real == NULL) {
        /* What exists of it may hold links; the rest is text. */
        char *real_folder = realpath(folder, NULL);
        if (real_folder != NULL && path[0] != '/') {
            free(joined);
            joined = hb_path_join(real_folder, path);
        }
        free(real_folder);
        real = rebuild(joined, true);
    }
    free(joined);
    return real;
}

bool hb_place_same(const char *a, const char *b)
{
    return strcmp(a, b) == 0 || same_file(a, b);
}

/* The last `parts` parts of a path, or all of it. */
static const char *tail(const char *path, size_t parts)
{
    const char *at = path + strlen(path);
    while (at > path) {
        at--;
        if (*at == '/' && --parts == 0) {
            return at[1] == '\0' ? at : at + 1;
        }
    }
    return path;
}

static bool is_shared(const struct hb_target *target, size_t index,
                      size_t parts)
{
    const char *name = tail(target->servers[index].path, parts);
    for (size_t i = 0; i < target->server_count; i++) {
        if (i != index &&
            strcmp(tail(target->servers[i].path, parts), name) == 0) {
            return true;
        }
    }
    return false;
}

void hb_place_name_servers(struct hb_target *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        const char *path = target->servers[i].path;
        size_t parts = 1;
        while (is_shared(target, i, parts) && tail(path, parts) != path) {
            parts++;
        }
        hb_replace(&target->servers[i].name, tail(path, parts));
    }
}
