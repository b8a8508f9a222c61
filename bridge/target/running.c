#include "target/running.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "target/process.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longest pidfile, in bytes. */
#define PIDFILE_MAX 64

/* False when there is no pidfile, or nothing that is a number of a process. */
static bool read_pid(const char *server, pid_t *pid)
{
    char *path = hb_path_join(server, "pidfile");
    char *bytes = NULL;
    size_t len = 0;
    bool ok = hb_file_read(path, PIDFILE_MAX, &bytes, &len, NULL);
    if (ok) {
        char *end;
        errno = 0;
        long number = strtol(bytes, &end, 10);
        end += strspn(end, " \t\r\n");
        ok = errno == 0 && isdigit((unsigned char)bytes[0]) &&
             end == bytes + len && number > 1 && number <= INT_MAX;
        *pid = ok ? (pid_t)number : 0;
    }
    free(bytes);
    free(path);
    return ok;
}

enum hb_running hb_running_look(const char *server,
                                const struct hb_running_seen *seen, pid_t *pid)
{
    const struct hb_tail *tail = seen->tail;
    bool stopped = tail != NULL && tail->stopped;
    pid_t number;
    *pid = 0;
    if (!read_pid(server, &number)) {
        return stopped ? HB_RUNNING_NO : HB_RUNNING_UNKNOWN;
    }
    switch (hb_process_look(number, server)) {
    case HB_PROCESS_SERVER:
        *pid = number;
        return tail != NULL && tail->version[0] != '\0' && !tail->started
                   ? HB_RUNNING_STARTING
                   : HB_RUNNING_YES;
    case HB_PROCESS_UNKNOWN: return HB_RUNNING_UNKNOWN;
    case HB_PROCESS_GONE:
    case HB_PROCESS_OTHER: break;
    }
    if (stopped) {
        return HB_RUNNING_NO;
    }
    bool fresh = tail != NULL && seen->age < HB_RUNNING_FRESH &&
                 seen->age > -HB_RUNNING_FRESH;
    return fresh || hb_process_may_hide(number, server) ? HB_RUNNING_UNKNOWN
                                                        : HB_RUNNING_NO;
}

static bool is_safe(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
           (st.st_uid == 0 || st.st_uid == geteuid()) &&
           (st.st_mode & (S_IWGRP | S_IWOTH)) == 0 && access(path, X_OK) == 0;
}

char *hb_running_python(pid_t pid)
{
    char target[PATH_MAX];
    char *link = hb_format("/proc/%d/exe", (int)pid);
    ssize_t len = readlink(link, target, sizeof target - 1);
    free(link);
    if (len <= 0) {
        return NULL;
    }
    target[len] = '\0';
    const char *name = strrchr(target, '/');
    bool python = name != NULL && strncmp(name, "/python", 7) == 0;
    return python && is_safe(target) ? hb_strdup(target) : NULL;
}
