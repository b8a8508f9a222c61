#include "confirm/home.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

/* A folder's path below the server's own. */
static char *tail_of(const struct hb_server *server, const char *folder)
{
    if (folder == NULL) {
        return NULL;
    }
    size_t len = strlen(server->path);
    if (strncmp(folder, server->path, len) == 0 && folder[len] == '/') {
        return hb_strdup(folder + len + 1);
    }
    const char *slash = strrchr(folder, '/');
    return hb_strdup(slash == NULL ? folder : slash + 1);
}

void hb_home_init(struct hb_home *home, const struct hb_server *server)
{
    *home = (struct hb_home){
        .copies = tail_of(server, server->copies),
        .pickup = tail_of(server, server->pickup),
        .path = hb_strdup(server->path),
    };
}

void hb_home_release(struct hb_home *home)
{
    free(home->copies);
    free(home->pickup);
    free(home->path);
    free(home->real);
    *home = (struct hb_home){0};
}

void hb_home_resolved(struct hb_home *home, const char *path)
{
    hb_replace(&home->real, path);
}

/* Is this the folder of another server beside ours? In a container ours may
 * have any path. */
static bool is_beside(const struct hb_home *home, const char *folder,
                      size_t len)
{
    const char *ours[] = {home->path, home->real};
    bool beside = false;
    for (size_t i = 0; i < 2; i++) {
        const char *slash = ours[i] == NULL ? NULL : strrchr(ours[i], '/');
        size_t above = slash == NULL ? 0 : (size_t)(slash - ours[i]);
        if (slash == NULL || len <= above ||
            strncmp(folder, ours[i], above + 1) != 0) {
            continue;
        }
        if (strlen(ours[i]) == len && strncmp(folder, ours[i], len) == 0) {
            return false;
        }
        beside =
            beside || memchr(folder + above + 1, '/', len - above - 1) == NULL;
    }
    return beside;
}

char *hb_home_module(const struct hb_home *home, const char *path)
{
    const char *tails[] = {home->copies, home->pickup};
    const char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return hb_strdup(path); /* 3.2 and 2.0 name it bare */
    }
    for (size_t i = 0; i < 2; i++) {
        size_t len = tails[i] == NULL ? 0 : strlen(tails[i]);
        size_t folder = (size_t)(slash - path);
        if (len > 0 && folder > len && path[folder - len - 1] == '/' &&
            strncmp(slash - len, tails[i], len) == 0 &&
            !is_beside(home, path, folder - len - 1)) {
            return hb_strdup(slash + 1);
        }
    }
    return NULL;
}
