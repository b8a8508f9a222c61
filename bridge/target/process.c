#include "target/process.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "target/place.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

/* Longest command line that is looked at, in bytes. */
#define COMMAND_MAX (64u * 1024)
/* Largest file of /proc that is read. */
#define PROC_FILE_MAX (4u * 1024 * 1024)

/* The first process-id namespace of a machine has this number. */
#define FIRST_PID_NAMESPACE "pid:[4026531836]"

/* A command line: arguments with a NUL behind each. */
struct command {
    char *bytes;
    size_t len;
};

static bool read_proc(pid_t pid, const char *file, char **bytes, size_t *len)
{
    char *path = hb_format("/proc/%d/%s", (int)pid, file);
    bool ok = hb_file_read(path, PROC_FILE_MAX, bytes, len, NULL);
    free(path);
    return ok;
}

static char *follow(pid_t pid, const char *link)
{
    char target[PATH_MAX];
    char *path = hb_format("/proc/%d/%s", (int)pid, link);
    ssize_t len = readlink(path, target, sizeof target - 1);
    free(path);
    return len < 0 ? NULL : hb_strndup(target, (size_t)len);
}

static const char *next_arg(const struct command *command, const char *arg)
{
    arg = arg == NULL ? command->bytes : arg + strlen(arg) + 1;
    return arg < command->bytes + command->len ? arg : NULL;
}

static bool holds(const struct command *command, const char *words)
{
    const char *arg = NULL;
    while ((arg = next_arg(command, arg)) != NULL) {
        if (strstr(arg, words) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether a path of a process's command line is the server's folder, or, with
 * `above`, one that it lies in. Relative ones begin in its working folder. */
static bool leads_to(const char *path, const char *cwd, const char *server,
                     bool above)
{
    if (*path == '\0' || *path == '-' || (*path != '/' && cwd == NULL)) {
        return false;
    }
    char *full = hb_place_resolve(cwd == NULL ? "/" : cwd, path);
    char *real = hb_place_resolve("/", server);
    size_t len = strlen(full);
    bool same = len > 1 && strncmp(real, full, len) == 0 &&
                ((above && real[len] == '/') || real[len] == '\0');
    free(real);
    free(full);
    return same;
}

/* Whether any argument, or what follows its "=", leads to the server. */
static bool names_server(const struct command *command, const char *cwd,
                         const char *server, bool above)
{
    const char *arg = NULL;
    while ((arg = next_arg(command, arg)) != NULL) {
        const char *value = strchr(arg, '=');
        if (leads_to(arg, cwd, server, above) ||
            (value != NULL && leads_to(value + 1, cwd, server, above))) {
            return true;
        }
    }
    return false;
}

/* 4.x: "… -m zato.server.main SERVER …"; a folder that is not here may be the
 * server's inside a container. */
static enum hb_process judge_main(const struct command *command,
                                  const char *cwd, const char *server)
{
    const char *arg = NULL;
    if (names_server(command, cwd, server, false)) {
        return HB_PROCESS_SERVER;
    }
    while ((arg = next_arg(command, arg)) != NULL) {
        if (arg[0] == '/' && strstr(arg, "python") == NULL &&
            access(arg, F_OK) != 0) {
            return HB_PROCESS_UNKNOWN;
        }
    }
    return HB_PROCESS_OTHER;
}

static bool is_zato(const struct command *command)
{
    return strncmp(command->bytes, "gunicorn: ", 10) == 0 ||
           holds(command, "zato.server.main");
}

static enum hb_process judge(const struct command *command, const char *cwd,
                             const char *server)
{
    if (strncmp(command->bytes, "gunicorn: master", 16) == 0) {
        return HB_PROCESS_SERVER;
    }
    if (holds(command, "zato.server.main")) {
        return judge_main(command, cwd, server);
    }
    /* Before gunicorn has named itself; and the stand-in of this project, which
     * may serve all servers of a folder. */
    if (holds(command, "gunicorn") || holds(command, "demo-server")) {
        bool inside = cwd != NULL && hb_place_same(cwd, server);
        bool above = holds(command, "demo-server");
        return inside || names_server(command, cwd, server, above)
                   ? HB_PROCESS_SERVER
                   : HB_PROCESS_OTHER;
    }
    return HB_PROCESS_OTHER;
}

static bool read_command(pid_t pid, struct command *command)
{
    *command = (struct command){0};
    if (!read_proc(pid, "cmdline", &command->bytes, &command->len)) {
        return false;
    }
    if (command->len > COMMAND_MAX) {
        command->len = COMMAND_MAX;
        command->bytes[COMMAND_MAX] = '\0';
    }
    return true;
}

/* Dead and not waited for. */
static bool is_zombie(pid_t pid)
{
    char *stat = NULL;
    size_t len = 0;
    bool zombie = false;
    if (read_proc(pid, "stat", &stat, &len)) {
        const char *end = strrchr(stat, ')');
        zombie = end != NULL &&
                 (strncmp(end, ") Z", 3) == 0 || strncmp(end, ") X", 3) == 0);
    }
    free(stat);
    return zombie;
}

enum hb_process hb_process_look(pid_t pid, const char *server)
{
    struct command command;
    enum hb_process what;
    if (kill(pid, 0) != 0 && errno == ESRCH) {
        return HB_PROCESS_GONE;
    }
    if (!read_command(pid, &command)) {
        /* It may have ended just now. */
        return kill(pid, 0) != 0 && errno == ESRCH ? HB_PROCESS_GONE
                                                   : HB_PROCESS_UNKNOWN;
    }
    if (command.len == 0) {
        what = is_zombie(pid) ? HB_PROCESS_GONE : HB_PROCESS_OTHER;
    } else {
        char *cwd = follow(pid, "cwd");
        what = judge(&command, cwd, server);
        free(cwd);
    }
    free(command.bytes);
    return what;
}

static bool is_remote(const char *folder)
{
#ifdef __linux__
    static const unsigned long kinds[] = {
        0x6969,     /* NFS */
        0xFF534D42, /* CIFS */
        0xFE534D42, /* SMB 2 */
        0x517B,     /* SMB */
        0x65735546, /* FUSE: sshfs, folders of a virtual machine */
        0x01021997, /* 9P */
        0x6A656A63, /* virtiofs shows as FUSE; this is the old one */
        0x00C36400, /* Ceph */
        0x5346414F, /* AFS */
    };
    struct statfs fs;
    if (statfs(folder, &fs) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (((unsigned long)fs.f_type & 0xFFFFFFFFul) == kinds[i]) {
            return true;
        }
    }
#else
    (void)folder;
#endif
    return false;
}

/* mountinfo writes a blank as "\040". */
static void unescape(char *text)
{
    char *to = text;
    unsigned code;
    for (const char *from = text; *from != '\0'; to++) {
        if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1) {
            *to = (char)code;
            from += 4;
        } else {
            *to = *from++;
        }
    }
    *to = '\0';
}

/* Whether the folder lies on a part of another file system that was put here:
 * in a container, a folder from outside. A line of mountinfo: "ID PARENT
 * MAJOR:MINOR ROOT PLACE …". The longest PLACE counts; "/" is our own. */
static bool is_put_in(const char *folder)
{
    char *real = realpath(folder, NULL);
    char *bytes = NULL;
    size_t len = 0;
    size_t longest = 0;
    bool part = false;
    char *save = NULL;
    if (real == NULL || !read_proc(getpid(), "mountinfo", &bytes, &len)) {
        goto out;
    }
    for (char *line = strtok_r(bytes, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char *root = NULL;
        char *place = NULL;
        if (sscanf(line, "%*s %*s %*s %ms %ms", &root, &place) == 2) {
            unescape(place);
            size_t size = strlen(place);
            bool above = strncmp(real, place, size) == 0 &&
                         (real[size] == '/' || real[size] == '\0');
            if (above && size >= longest) {
                longest = size;
                part = strcmp(root, "/") != 0;
            }
        }
        free(root);
        free(place);
    }
out:
    free(bytes);
    free(real);
    return part;
}

static bool in_container(void)
{
    char *name = follow(getpid(), "ns/pid");
    bool first = name == NULL || strcmp(name, FIRST_PID_NAMESPACE) == 0;
    free(name);
    return !first;
}

/* The process's number in its own, innermost namespace when that is not the
 * one in which we see it; otherwise 0. */
static pid_t inner_pid(pid_t pid)
{
    char *status = NULL;
    size_t len = 0;
    pid_t inner = 0;
    if (read_proc(pid, "status", &status, &len)) {
        char *line = strstr(status, "\nNSpid:");
        int levels = 0;
        int number = 0;
        int used;
        for (line = line == NULL ? NULL : line + 7;
             line != NULL && sscanf(line, "%d%n", &number, &used) == 1 &&
             line[0] != '\n';
             line += used) {
            levels++;
            inner = (pid_t)number;
        }
        inner = levels > 1 ? inner : 0;
    }
    free(status);
    return inner;
}

static bool runs_in_container(pid_t pid)
{
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    bool found = false;
    while (proc != NULL && !found && (entry = readdir(proc)) != NULL) {
        char *end;
        long number = strtol(entry->d_name, &end, 10);
        struct command command;
        if (*end != '\0' || number <= 0 || inner_pid((pid_t)number) != pid) {
            continue;
        }
        if (read_command((pid_t)number, &command)) {
            found = command.len > 0 && is_zato(&command);
        }
        free(command.bytes);
    }
    if (proc != NULL) {
        closedir(proc);
    }
    return found;
}

bool hb_process_may_hide(pid_t pid, const char *server)
{
    return is_remote(server) || (in_container() && is_put_in(server)) ||
           runs_in_container(pid);
}
