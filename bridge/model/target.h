/*
 * A target and its servers as plain values: what the configuration says, and
 * what was last seen on disk (target/probe.h fills that in).
 *
 * Owns all that it points to. Absent text is NULL. Thread: any, one at a
 * time; jobs take copies.
 */
#ifndef HB_MODEL_TARGET_H
#define HB_MODEL_TARGET_H

#include "base/alloc.h"
#include "base/disk.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum hb_profile {
    HB_PROFILE_AUTO, /* only in the configuration */
    HB_PROFILE_ZATO_2,
    HB_PROFILE_ZATO_32,
    HB_PROFILE_ZATO_4,
    HB_PROFILE_UNKNOWN, /* a version that we have no rules for */
    HB_PROFILE_COUNT,
};

enum hb_on_save {
    HB_SAVE_MARKER,
    HB_SAVE_ALWAYS,
    HB_SAVE_NEVER,
    HB_SAVE_COUNT
};
enum hb_on_conflict {
    HB_CONFLICT_STOP,
    HB_CONFLICT_OVERWRITE,
    HB_CONFLICT_COUNT
};
enum hb_guard {
    HB_GUARD_NONE,
    HB_GUARD_CONFIRM,
    HB_GUARD_MANUAL,
    HB_GUARD_COUNT
};
enum hb_deliver {
    HB_DELIVER_AUTO,
    HB_DELIVER_FIRST,
    HB_DELIVER_ALL,
    HB_DELIVER_COUNT
};

enum hb_running {
    HB_RUNNING_UNKNOWN, /* may run: deliver and wait */
    HB_RUNNING_YES,
    HB_RUNNING_STARTING,
    HB_RUNNING_NO, /* proved: the process is gone, or the log says stopped */
    HB_RUNNING_COUNT,
};

struct hb_server {
    char *name; /* unique in the target: the folder's name */
    char *path; /* as configured, "~" put in */

    /* What was seen. Folders are absolute, resolved below the server's. */
    bool found; /* server.conf could be read */
    char *home; /* path, with every link on it resolved */
    enum hb_profile profile;
    char *version;     /* "Zato 3.2…" as .zato-info says, or NULL */
    char *unruled;     /* the problem for which its profile is unknown */
    char *pickup;      /* pickup directory, or NULL */
    enum hb_disk disk; /* that holds the pickup directory */
    char *copies;      /* its own copies (work/hot-deploy/current), or NULL:
                          it imports from the pickup directory in place */
    char *log;         /* logs/server.log */
    enum hb_running running;
    pid_t pid;            /* 0: not known */
    int workers;          /* processes that each import and log; 0: unknown */
    char *python;         /* a Python of the server's own to run, or NULL */
    char *python_version; /* "3.10", or NULL: not known */
    struct hb_strings problems; /* sentences: what is wrong, what to do */
};

struct hb_target {
    char *name;
    enum hb_profile profile; /* as configured */
    enum hb_on_save on_save;
    enum hb_on_conflict on_conflict;
    enum hb_guard guard;
    enum hb_deliver deliver;
    double confirm_timeout; /* seconds */
    struct hb_server *servers;
    size_t server_count;
    struct hb_strings problems; /* of the target as a whole */
};

const char *hb_profile_word(enum hb_profile profile); /* "zato-3.2" */
const char *hb_on_save_word(enum hb_on_save value);
const char *hb_on_conflict_word(enum hb_on_conflict value);
const char *hb_guard_word(enum hb_guard value);
const char *hb_deliver_word(enum hb_deliver value);
const char *hb_running_word(enum hb_running value); /* "yes", "no", … */

/* False for a word that is not one of them. */
bool hb_profile_parse(const char *word, enum hb_profile *profile);
bool hb_on_save_parse(const char *word, enum hb_on_save *value);
bool hb_on_conflict_parse(const char *word, enum hb_on_conflict *value);
bool hb_guard_parse(const char *word, enum hb_guard *value);
bool hb_deliver_parse(const char *word, enum hb_deliver *value);
bool hb_running_parse(const char *word, enum hb_running *value);

struct hb_target *hb_target_new(const char *name); /* with the defaults */
struct hb_target *hb_target_copy(const struct hb_target *target);
void hb_target_free(struct hb_target *target);

struct hb_server *hb_target_add_server(struct hb_target *target,
                                       const char *name, const char *path);

#endif
