#include "target/probe.h"

#include "base/paths.h"
#include "base/text.h"
#include "target/ini.h"
#include "target/place.h"
#include "target/problem.h"
#include "target/running.h"
#include "target/tail.h"
#include "target/version.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Largest server.conf, in bytes. */
#define CONF_MAX (1024u * 1024)
/* More processes than any server has. */
#define WORKERS_MAX 1024
/* Where the server has its copies when server.conf does not say. */
#define WORK_DIR "../../work"
#define COPIES_DIR "./hot-deploy/current"

/* server.conf, and the folder that its paths begin in. */
struct conf {
    char *folder;
    char *bytes;
    size_t len;
};

char *hb_server_log(const struct hb_server *server)
{
    return hb_path_join(server->path, "logs/server.log");
}

static void forget(struct hb_server *server)
{
    hb_replace(&server->version, NULL);
    hb_replace(&server->unruled, NULL);
    hb_replace(&server->pickup, NULL);
    hb_replace(&server->copies, NULL);
    hb_replace(&server->python, NULL);
    hb_replace(&server->python_version, NULL);
    hb_strings_release(&server->problems);
    free(server->home);
    server->home = hb_place_resolve(server->path, server->path);
    free(server->log);
    server->log = hb_server_log(server);
    server->found = false;
    server->disk = HB_DISK_EACH;
    server->profile = HB_PROFILE_UNKNOWN;
    server->running = HB_RUNNING_UNKNOWN;
    server->pid = 0;
    server->workers = 0;
}

static bool read_conf(struct hb_server *server, struct conf *conf)
{
    struct hb_error err = {0};
    struct stat st;
    if (stat(server->path, &st) != 0) {
        hb_problem(&server->problems,
                   errno == ENOENT || errno == ENOTDIR
                       ? "there is no folder %s: correct the server's path in "
                         "the configuration, or make the server again"
                       : "the folder %s cannot be entered: let your user read "
                         "it",
                   server->path);
        return false;
    }
    char *path = hb_path_join(conf->folder, "server.conf");
    bool ok = hb_file_read(path, CONF_MAX, &conf->bytes, &conf->len, &err);
    if (!ok && access(path, F_OK) != 0 && errno == ENOENT) {
        hb_problem(&server->problems,
                   "%s is not a Zato server's folder: it has no "
                   "config/repo/server.conf",
                   server->path);
    } else if (!ok) {
        hb_problem(&server->problems, "%s: let your user read it", err.message);
    }
    free(path);
    return ok;
}

static char *get(const struct conf *conf, const char *section, const char *key)
{
    char *value = hb_ini_get(conf->bytes, conf->len, section, key);
    if (value != NULL && (value[0] == '\0' || strlen(value) >= PATH_MAX ||
                          strlen(value) != strcspn(value, "\t\n") ||
                          !hb_text_is_utf8(value, strlen(value)))) {
        free(value);
        value = NULL;
    }
    return value;
}

static void check_pickup(struct hb_server *server)
{
    struct stat st;
    if (stat(server->pickup, &st) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) {
            hb_problem(&server->problems,
                       "its pickup directory %s is not there: make it, or "
                       "correct pickup_dir in server.conf",
                       server->pickup);
        } else {
            hb_problem(&server->problems,
                       "its pickup directory %s cannot be looked at: %s",
                       server->pickup, strerror(errno));
        }
    } else if (!S_ISDIR(st.st_mode)) {
        hb_problem(&server->problems,
                   "its pickup directory %s is not a folder: correct "
                   "pickup_dir in server.conf",
                   server->pickup);
    } else if (faccessat(AT_FDCWD, server->pickup, W_OK | X_OK | R_OK,
                         AT_EACCESS) != 0) {
        hb_problem(&server->problems,
                   "its pickup directory %s is not writable: let your user "
                   "read and write it",
                   server->pickup);
    }
}

static void read_pickup(struct hb_server *server, const struct conf *conf)
{
    char *pickup = get(conf, "hot_deploy", "pickup_dir");
    if (pickup != NULL) {
        server->pickup = hb_place_resolve(conf->folder, pickup);
        server->disk = hb_disk_kind(server->pickup);
        check_pickup(server);
    } else if (hb_ini_has_section(conf->bytes, conf->len, "hot_deploy")) {
        hb_problem(&server->problems,
                   "its server.conf has no pickup_dir in [hot_deploy]: "
                   "nothing can be deployed until it names one");
    } else {
        hb_problem(&server->problems,
                   "its server.conf has no section [hot_deploy]: nothing can "
                   "be deployed until it names a pickup_dir there");
    }
    free(pickup);
}

/* Only 2.0 and 3.2 import from a copy of their own. */
static void read_copies(struct hb_server *server, const struct conf *conf)
{
    if (server->profile != HB_PROFILE_ZATO_2 &&
        server->profile != HB_PROFILE_ZATO_32) {
        return;
    }
    char *work = get(conf, "hot_deploy", "work_dir");
    char *current = get(conf, "hot_deploy", "current_work_dir");
    char *base = hb_place_resolve(conf->folder, work == NULL ? WORK_DIR : work);
    server->copies =
        hb_place_resolve(base, current == NULL ? COPIES_DIR : current);
    free(base);
    free(current);
    free(work);
}

static void read_workers(struct hb_server *server, const struct conf *conf)
{
    char *value = get(conf, "main", "gunicorn_workers");
    char *end = value;
    long count = value == NULL ? 0 : strtol(value, &end, 10);
    if (value != NULL && *end == '\0' && count >= 1 && count <= WORKERS_MAX) {
        server->workers = (int)count;
    } else {
        hb_problem(&server->problems,
                   "its server.conf %s, so it is not known how many of its "
                   "processes must confirm and deploys stay unconfirmed: set "
                   "gunicorn_workers in [main] to a number",
                   value == NULL ? "has no gunicorn_workers in [main]"
                                 : "gives no number as gunicorn_workers");
    }
    free(value);
}

static void look_at_log(struct hb_server *server, struct hb_tail *tail,
                        struct hb_running_seen *seen)
{
    struct hb_error err = {0};
    if (hb_tail_read(server->log, tail, &seen->age, &err)) {
        seen->tail = tail;
        return;
    }
    seen->tail = NULL;
    if (access(server->log, F_OK) != 0 && errno == ENOENT) {
        hb_problem(&server->problems,
                   "it has no log at %s yet: without one no deploy can be "
                   "confirmed, so start the server once",
                   server->log);
    } else {
        hb_problem(&server->problems,
                   "%s: let your user read it, or no deploy can be confirmed",
                   err.message);
    }
}

static void look_at_python(struct hb_server *server)
{
    if (server->pid != 0) {
        server->python = hb_running_python(server->pid);
    }
    if (server->python != NULL) {
        server->python_version =
            hb_version_python(strrchr(server->python, '/'));
    }
    if (server->python_version == NULL && server->version != NULL) {
        server->python_version = hb_version_python(server->version);
    }
}

static void look_at_process(struct hb_server *server,
                            const struct hb_running_seen *seen)
{
    server->running = hb_running_look(server->path, seen, &server->pid);
    if (server->running == HB_RUNNING_NO) {
        hb_problem(&server->problems,
                   "it is stopped: start it with `zato start %s`",
                   server->path);
    } else if (seen->tail != NULL && seen->tail->blind) {
        hb_problem(&server->problems,
                   "its log says that no file observer could be started, so "
                   "it takes no files up: start it with "
                   "ZATO_HOT_DEPLOY_PREFER_SNAPSHOTS=1 in its environment");
    }
}

void hb_server_probe(struct hb_server *server, enum hb_profile profile)
{
    struct conf conf = {0};
    struct hb_tail tail = {0};
    struct hb_running_seen seen = {0};
    char *before = hb_strdup(server->version);
    forget(server);
    conf.folder = hb_path_join(server->path, "config/repo");
    server->found = read_conf(server, &conf);
    if (server->found) {
        read_pickup(server, &conf);
        look_at_log(server, &tail, &seen);
        hb_version_look(server, profile, before, tail.version, server->pickup);
        read_copies(server, &conf);
        read_workers(server, &conf);
        look_at_process(server, &seen);
        look_at_python(server);
    } else if (profile != HB_PROFILE_AUTO) {
        server->profile = profile;
    }
    free(before);
    free(conf.folder);
    free(conf.bytes);
}

void hb_target_probe_running(struct hb_target *target)
{
    for (size_t i = 0; i < target->server_count; i++) {
        struct hb_server *server = &target->servers[i];
        struct hb_tail tail = {0};
        struct hb_running_seen seen = {0};
        char *log = hb_server_log(server);
        if (hb_tail_read(log, &tail, &seen.age, NULL)) {
            seen.tail = &tail;
        }
        server->running = hb_running_look(server->path, &seen, &server->pid);
        free(log);
    }
}
