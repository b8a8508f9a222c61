/*
 * A module's bytes into servers' pickup directories, so that every kind of
 * watcher sees it once and whole: staged outside the watched tree on the same
 * file system, renamed into place and, except for Zato 2.0, opened for
 * writing, its times set, and closed. Never below anything but the pickup
 * directory, whatever links are swapped in. Source: docs/zato.md.
 *
 * One transport so far, local files. Blocking; thread: any. Nothing is kept
 * between calls.
 */
#ifndef HB_DELIVERY_DELIVERY_H
#define HB_DELIVERY_DELIVERY_H

#include "base/error.h"
#include "base/text.h"
#include "model/target.h"

#include <stddef.h>
#include <stdint.h>

/* Name of the staging folder in a server's folder. */
#define HB_STAGING ".hotbridge"
/* What staged files are called: this, the bridge's pid, a random word, and the
 * beginnings of two blobs: what it holds, and what it will have taken the place
 * of ("": nothing). Until it is whole it has a mode that no other file has. */
#define HB_STAGED ".hotbridge-"
#define HB_STAGED_MODE 0200
/* The end of the name when it is somebody else's version, which stays. */
#define HB_KEPT ".kept"

enum hb_put {
    HB_PUT_DONE,   /* at least one server has the file */
    HB_PUT_FOUND,  /* other bytes lie there; nothing was written */
    HB_PUT_WAIT,   /* too soon (see wait_ms); nothing was written */
    HB_PUT_LINK,   /* the module there is a link; nothing was written */
    HB_PUT_FAILED, /* no server could be written to */
};

struct hb_put_request {
    const struct hb_target *target; /* probed */
    const bool *flags;              /* per server: gets the file */
    const char *module;
    const char *bytes;
    size_t len;
    const char *blob;     /* the bytes' id */
    const char *document; /* the file saved, or NULL: where it is the pickup
                             file itself, it is only touched */
    /* Blobs that may lie there: what we last delivered, and versions that
     * the history holds by now. */
    const struct hb_strings *known;
    int64_t after; /* the mtime in seconds that ours must exceed, or 0 */
};

/* What was swapped out of a pickup directory, or was not moved there. */
struct hb_rest {
    bool there;
    int folder; /* the staging folder, open */
    char name[64];
    char *kept; /* or NULL: somebody else's version could not be put back, and
                   where it is; nobody removes it */
};

struct hb_put_server {
    bool done;
    char *message; /* why not, where it was flagged */
    struct hb_rest rest;
};

struct hb_put_result {
    enum hb_put put;
    struct hb_put_server *servers; /* as many as the target has */
    size_t server_count;
    int64_t mtime; /* DONE: what the files got, seconds */
    int64_t wait_ms;
    char found[HB_OID_SIZE]; /* FOUND: blob id of what lies there */
    char *found_bytes;
    size_t found_len;
    char *found_where;  /* the file that holds it */
    bool found_in_copy; /* a server's own copy, not a pickup directory */
    char message[HB_ERROR_MAX]; /* LINK, FAILED: one sentence */
};

void hb_delivery_put(const struct hb_put_request *request,
                     struct hb_put_result *result);
/* Removes what the staging folders still hold. A server need not wait for it:
 * on a busy disk it takes as long as a flush. */
void hb_delivery_clean(struct hb_put_result *result);
/* Cleans too, where that has not been done. */
void hb_put_result_release(struct hb_put_result *result);

/* Touches the file that is there: open for writing, a new mtime, close.
 * False when it does not hold these bytes any more, or cannot be touched. */
bool hb_delivery_nudge(const struct hb_server *server, const char *module,
                       const char *blob, int64_t after, int64_t *mtime,
                       struct hb_error *err);

/* The blob id of what lies in the pickup directory, "" for nothing. */
bool hb_delivery_look(const struct hb_server *server, const char *module,
                      char blob[HB_OID_SIZE], struct hb_error *err);

/* Each module that can be read in the pickup directory. The server is
 * probed. */
typedef void (*hb_each_fn)(void *user, const char *module, const char *blob);
void hb_delivery_each(const struct hb_server *server, hb_each_fn each,
                      void *user);

/* Whether all servers of the target get the file, or one for all of them. */
bool hb_delivery_to_all(const struct hb_target *target);

/* Which servers of the target get the file: fills flags (server_count of
 * them). False with HB_EDELIVERY where no server could take it. */
bool hb_delivery_choose(const struct hb_target *target, bool flags[],
                        struct hb_error *err);

/* Removes staged files of bridges that are no more; keeps what somebody else
 * has put into the pickup directory while it was being delivered to. The server
 * is probed. */
void hb_delivery_sweep(const struct hb_server *server);

#endif
