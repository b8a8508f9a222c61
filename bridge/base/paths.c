#include "base/paths.h"

#include "base/alloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Folders that a walk holds open. */
#define WALK_FILES 8
/* What a file whose size is not told is read with first, in bytes. */
#define FILE_SIZE_GUESS 4096

static char *home_folder(void)
{
    const char *home = getenv("HOME");
    if (home != NULL && home[0] == '/') {
        return hb_strdup(home);
    }
    char space[4096];
    struct passwd entry;
    struct passwd *found = NULL;
    getpwuid_r(getuid(), &entry, space, sizeof space, &found);
    return hb_strdup(found != NULL && found->pw_dir != NULL ? found->pw_dir
                                                            : "/");
}

/* The XDG rules: a relative value is to be ignored. */
static char *xdg_folder(const char *variable, const char *fallback)
{
    const char *value = getenv(variable);
    if (value != NULL && value[0] == '/') {
        return hb_format("%s/hotbridge", value);
    }
    char *home = home_folder();
    char *folder = hb_format("%s/%s/hotbridge", home, fallback);
    free(home);
    return folder;
}

static char *below(char *folder, const char *name)
{
    char *path = hb_path_join(folder, name);
    free(folder);
    return path;
}

char *hb_path_config(void)
{
    return below(xdg_folder("XDG_CONFIG_HOME", ".config"), "config");
}

char *hb_path_state(void)
{
    return xdg_folder("XDG_STATE_HOME", ".local/state");
}

char *hb_path_history(void)
{
    return below(hb_path_state(), "history.git");
}

char *hb_path_lock(void)
{
    return below(hb_path_state(), "lock");
}

char *hb_path_runtime(void)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    struct stat st;
    if (runtime != NULL && runtime[0] == '/' && stat(runtime, &st) == 0) {
        return hb_path_join(runtime, "hotbridge");
    }
    return below(hb_path_state(), "run");
}

char *hb_path_join(const char *folder, const char *name)
{
    size_t len = strlen(folder);
    bool slash = len > 0 && folder[len - 1] == '/';
    return hb_format("%s%s%s", folder, slash ? "" : "/", name);
}

char *hb_path_expand(const char *path)
{
    if (path[0] != '~' || (path[1] != '\0' && path[1] != '/')) {
        return hb_strdup(path);
    }
    char *home = home_folder();
    char *full = hb_format("%s%s", home, path + 1);
    free(home);
    return full;
}

char *hb_path_shorten(const char *path)
{
    char *home = home_folder();
    size_t len = strlen(home);
    char *text;
    if (len > 1 && strncmp(path, home, len) == 0 &&
        (path[len] == '/' || path[len] == '\0')) {
        text = hb_format("~%s", path + len);
    } else {
        text = hb_strdup(path);
    }
    free(home);
    return text;
}

bool hb_path_make(const char *folder, unsigned mode, struct hb_error *err)
{
    char *path = hb_strdup(folder);
    bool ok = true;
    for (char *end = path + 1; ok; end++) {
        if (*end != '/' && *end != '\0') {
            continue;
        }
        char kept = *end;
        *end = '\0';
        if (mkdir(path, mode) != 0 && errno != EEXIST) {
            ok = hb_error_errno(err, HB_EIO, errno, "cannot make the folder %s",
                                path);
        }
        *end = kept;
        if (kept == '\0') {
            break;
        }
    }
    free(path);
    return ok;
}

static int remove_one(const char *path, const struct stat *st, int kind,
                      struct FTW *place)
{
    (void)st;
    (void)kind;
    (void)place;
    return remove(path);
}

bool hb_path_list(const char *folder, struct hb_strings *names)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return errno == ENOENT;
    }
    for (;;) {
        errno = 0;
        struct dirent *entry = readdir(dir);
        if (entry == NULL) {
            break;
        }
        if (entry->d_name[0] != '.') {
            hb_strings_add(names, entry->d_name);
        }
    }
    int failure = errno;
    closedir(dir);
    errno = failure;
    return failure == 0;
}

bool hb_path_remove(const char *folder, struct hb_error *err)
{
    return nftw(folder, remove_one, WALK_FILES, FTW_DEPTH | FTW_PHYS) == 0 ||
           hb_error_errno(err, HB_EIO, errno, "cannot remove %s", folder);
}

bool hb_path_make_private(const char *folder, struct hb_error *err)
{
    struct stat st;
    if (!hb_path_make(folder, 0700, err)) {
        return false;
    }
    if (lstat(folder, &st) != 0) {
        return hb_error_errno(err, HB_EIO, errno, "cannot look at %s", folder);
    }
    if (!S_ISDIR(st.st_mode)) {
        return hb_error_set(
            err, HB_EIO, "%s is not a folder: move it out of the way", folder);
    }
    if (st.st_uid != geteuid()) {
        return hb_error_set(err, HB_EIO,
                            "%s belongs to another user (uid %u): remove it or "
                            "set XDG_RUNTIME_DIR to a folder of yours",
                            folder, (unsigned)st.st_uid);
    }
    if ((st.st_mode & 077) != 0) {
        return hb_error_set(err, HB_EIO,
                            "%s is open to other users (mode %04o): run "
                            "chmod 700 on it",
                            folder, (unsigned)st.st_mode & 07777);
    }
    return true;
}

bool hb_file_read(const char *path, size_t max, char **bytes, size_t *len,
                  struct hb_error *err)
{
    *bytes = NULL;
    *len = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return hb_error_errno(err, HB_EIO, errno, "cannot read %s", path);
    }
    struct stat st;
    bool ok = false;
    char *data = NULL;
    size_t used = 0;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        hb_error_set(err, HB_EIO, "cannot read %s: it is not a plain file",
                     path);
        goto out;
    }
    /* Those of /proc say that they have none. */
    size_t size = st.st_size > 0 ? (size_t)st.st_size + 1 : FILE_SIZE_GUESS;
    size = size <= max ? size : max + 1;
    for (;;) {
        char *more = realloc(data, size + 1);
        if (more == NULL) {
            hb_error_set(err, HB_EIO, "cannot read %s: out of memory", path);
            goto out;
        }
        data = more;
        ssize_t got = read(fd, data + used, size - used);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            hb_error_errno(err, HB_EIO, errno, "cannot read %s", path);
            goto out;
        }
        used += (size_t)got;
        if (used > max) {
            hb_error_set(err, HB_EIO, "%s holds more than %zu bytes", path,
                         max);
            goto out;
        }
        if (got == 0) {
            break;
        }
        if (used == size) {
            size = size * 2 < max + 1 ? size * 2 : max + 1;
        }
    }
    data[used] = '\0';
    *bytes = data;
    *len = used;
    data = NULL;
    ok = true;
out:
    free(data);
    close(fd);
    return ok;
}

bool hb_file_write_all(int fd, const void *bytes, size_t len)
{
    const char *rest = bytes;
    while (len > 0) {
        ssize_t put = write(fd, rest, len);
        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return false;
        }
        rest += put;
        len -= (size_t)put;
    }
    return true;
}

bool hb_file_replace(const char *path, const void *bytes, size_t len,
                     unsigned mode, bool sync, struct hb_error *err)
{
    char *beside = hb_format("%s.new.%d", path, (int)getpid());
    bool ok = false;
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW,
                  mode);
    if (fd < 0) {
        hb_error_errno(err, HB_EIO, errno, "cannot write %s", path);
        goto out;
    }
    ok = hb_file_write_all(fd, bytes, len) && (!sync || fsync(fd) == 0);
    int failure = errno;
    if (close(fd) != 0 && ok) {
        failure = errno;
        ok = false;
    }
    if (ok && rename(beside, path) != 0) {
        failure = errno;
        ok = false;
    }
    if (!ok) {
        unlink(beside);
        hb_error_errno(err, HB_EIO, failure, "cannot write %s", path);
    }
out:
    free(beside);
    return ok;
}
