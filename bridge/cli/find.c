#include "cli/find.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "wire/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Larger files are not ours. */
#define FILE_MAX 16384

static bool check_folder(const char *folder, struct hb_error *err)
{
    struct stat st;
    if (lstat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return hb_error_set(err, HB_EBRIDGE, "%s is not a folder", folder);
    }
    if (st.st_uid != geteuid()) {
        return hb_error_set(err, HB_EBRIDGE,
                            "%s belongs to another user (uid %u), so the "
                            "bridge named there is not trusted: remove it",
                            folder, (unsigned)st.st_uid);
    }
    if ((st.st_mode & 077) != 0) {
        return hb_error_set(err, HB_EBRIDGE,
                            "%s is open to other users (mode %04o), so the "
                            "bridge named there is not trusted: run chmod 700 "
                            "on it, then hotbridge stop",
                            folder, (unsigned)st.st_mode & 07777);
    }
    return true;
}

static bool check_file(const char *path, struct hb_error *err)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return hb_error_errno(err, HB_EBRIDGE, errno, "cannot look at %s",
                              path);
    }
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
        (st.st_mode & 077) != 0) {
        return hb_error_set(err, HB_EBRIDGE,
                            "%s is not a plain file of yours with mode 0600, "
                            "so the bridge that it names is not trusted: "
                            "remove it, and stop the bridge by its pid",
                            path);
    }
    return true;
}

/* Reads a file of ours whole; NULL where it is missing or another's. */
static char *read_lock(size_t *len)
{
    char *path = hb_path_lock();
    char *text = NULL;
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) &&
        st.st_uid == geteuid()) {
        hb_file_read(path, FILE_MAX, &text, len, NULL);
    }
    free(path);
    return text;
}

/* The bridge.json that the lock file names, or NULL. */
static char *named_path(int *pid)
{
    size_t len = 0;
    char *path = NULL;
    char *text = read_lock(&len);
    *pid = 0;
    if (text != NULL) {
        json_object *tree = hb_tree_parse(text, len, "the lock file", NULL);
        if (tree != NULL) {
            *pid = hb_tree_integer(tree, "pid", 0);
            path = hb_tree_copy(tree, "bridge");
            json_object_put(tree);
        }
    }
    free(text);
    return path;
}

static bool exists(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

/* The bridge.json in force, or NULL. */
static char *bridge_path(void)
{
    int pid = 0;
    char *path = named_path(&pid);
    if (path != NULL && path[0] == '/' && exists(path)) {
        return path;
    }
    free(path);
    char *state = hb_path_state();
    char *run = hb_path_join(state, "run");
    char *folders[] = {hb_path_runtime(), run};
    path = NULL;
    for (size_t i = 0; i < 2 && path == NULL; i++) {
        path = hb_path_join(folders[i], "bridge.json");
        if (!exists(path)) {
            free(path);
            path = NULL;
        }
    }
    free(folders[0]);
    free(run);
    free(state);
    return path;
}

static bool trusted(const char *path, struct hb_error *err)
{
    char *folder = hb_strndup(path, (size_t)(strrchr(path, '/') - path));
    bool ok = check_folder(folder, err) && check_file(path, err);
    free(folder);
    return ok;
}

static bool alive(int pid)
{
    return kill(pid, 0) == 0 || errno == EPERM;
}

enum hb_find hb_find_bridge(struct hb_found *found, struct hb_error *err)
{
    *found = (struct hb_found){0};
    char *path = bridge_path();
    char *text = NULL;
    size_t len = 0;
    enum hb_find result = HB_FIND_NONE;
    if (path == NULL) {
        return HB_FIND_NONE;
    }
    if (!trusted(path, err) ||
        !hb_file_read(path, FILE_MAX, &text, &len, err) ||
        !hb_decode_bridge_info(text, len, &found->info, err)) {
        /* It may have gone in between: the bridge has stopped. */
        result = exists(path) ? HB_FIND_BAD : HB_FIND_NONE;
        if (result == HB_FIND_NONE) {
            hb_error_clear(err);
        } else {
            err->code = HB_EBRIDGE;
        }
        goto out;
    }
    /* A pid proves little: its number may be another process's by now. */
    if (!alive(found->info.pid) || !hb_find_lock_held()) {
        hb_bridge_info_release(&found->info);
        goto out;
    }
    found->path = path;
    path = NULL;
    result = HB_FIND_RUNNING;
out:
    free(text);
    free(path);
    return result;
}

void hb_found_release(struct hb_found *found)
{
    hb_bridge_info_release(&found->info);
    free(found->path);
    found->path = NULL;
}

bool hb_find_lock_held(void)
{
    char *path = hb_path_lock();
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    free(path);
    if (fd < 0) {
        return false;
    }
    bool held = flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    close(fd);
    return held;
}

int hb_find_lock_pid(void)
{
    int pid = 0;
    free(named_path(&pid));
    return pid;
}
