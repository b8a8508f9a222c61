#include "delivery/delivery.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "delivery/beneath.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MODULE "delivery"
#include "base/log.h"

/* Digits of a blob in the name of a staged file. */
#define DIGITS 8

/* Another bridge may be at work on the same server. */
static bool is_left_over(const char *name)
{
    size_t len = strlen(name);
    size_t end_len = strlen(HB_KEPT);
    if (strncmp(name, HB_STAGED, strlen(HB_STAGED)) != 0 ||
        (len > end_len && strcmp(name + len - end_len, HB_KEPT) == 0)) {
        return false;
    }
    char *end = NULL;
    long pid = strtol(name + strlen(HB_STAGED), &end, 10);
    bool alive =
        *end == '-' && pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM);
    return !alive;
}

/* What was to be delivered, or what that has taken the place of. */
static bool is_ours(const char *name, const struct hb_beneath_file *file)
{
    char blob[DIGITS + 1] = "";
    char replaced[DIGITS + 1] = "";
    if ((file->st.st_mode & 07777) == HB_STAGED_MODE) {
        return true; /* not whole yet */
    }
    return sscanf(name, HB_STAGED "%*d-%*[0-9a-f]-%8[0-9a-f]-%8[0-9a-f]", blob,
                  replaced) >= 1 &&
           (strncmp(file->blob, blob, DIGITS) == 0 ||
            strncmp(file->blob, replaced, DIGITS) == 0);
}

/* A bridge that was killed between two swaps leaves somebody else's. */
static void keep(int folder, const char *path, const char *name)
{
    char *kept = hb_format("%s" HB_KEPT, name);
    bool renamed = renameat2(folder, name, folder, kept, RENAME_NOREPLACE) == 0;
    LOG_WARN("%s/%s is a version that was not deployed from here: it lay in "
             "the way of a delivery, and is kept",
             path, renamed ? kept : name);
    free(kept);
}

static void sweep(int folder, const char *path, const char *name)
{
    struct hb_beneath_file file = {0};
    if (!hb_beneath_read(folder, name, &file)) {
        if (errno == ELOOP) {
            keep(folder, path, name);
        } else {
            LOG_WARN("%s/%s, which was left over, cannot be read and stays: %s",
                     path, name, strerror(errno));
        }
    } else if (file.exists && !is_ours(name, &file)) {
        keep(folder, path, name);
    } else if (file.exists && unlinkat(folder, name, 0) != 0) {
        LOG_WARN("%s/%s, which was left over, cannot be removed: %s", path,
                 name, strerror(errno));
    }
    hb_beneath_release(&file);
}

static void sweep_folder(const char *path)
{
    int fd = hb_beneath_folder(path, NULL);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (is_left_over(entry->d_name)) {
            sweep(dirfd(folder), path, entry->d_name);
        }
    }
    closedir(folder);
}

void hb_delivery_sweep(const struct hb_server *server)
{
    if (server->home != NULL) {
        char *path = hb_path_join(server->home, HB_STAGING);
        sweep_folder(path);
        free(path);
    }
    if (server->pickup != NULL) {
        sweep_folder(server->pickup);
    }
}
