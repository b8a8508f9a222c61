#include "delivery/delivery.h"

#include "base/clock.h"
#include "base/paths.h"
#include "delivery/beneath.h"
#include "delivery/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longest wait for the second of a server's own copy to pass: beyond it, that
 * file's clock is not ours. */
#define COPY_WAIT_MAX_MS 2000
/* Largest mtime ahead of the clock that we keep counting up from, seconds. */
#define AHEAD_MAX (24 * 3600)
/* Entries of a pickup directory that are looked at. */
#define ENTRIES_MAX 20000

/* What is gathered about the target before anything is written. */
struct look {
    int64_t after; /* newest mtime seen, seconds */
    int64_t wait_ms;
    char (*there)[HB_OID_SIZE]; /* per server: what its pickup file holds */
    char **blind;               /* per server: why that cannot be told */
};

static bool is_known(const struct hb_put_request *request, const char *blob)
{
    return blob[0] == '\0' || strcmp(blob, request->blob) == 0 ||
           hb_strings_has(request->known, blob);
}

static void take_found(struct hb_put_result *result,
                       struct hb_beneath_file *file, const char *folder,
                       const char *module, bool in_copy)
{
    result->put = HB_PUT_FOUND;
    memcpy(result->found, file->blob, sizeof result->found);
    result->found_bytes = file->bytes;
    result->found_len = file->len;
    result->found_where = hb_path_join(folder, module);
    result->found_in_copy = in_copy;
    file->bytes = NULL;
}

static void put_link(struct hb_put_result *result, const char *pickup,
                     const char *module)
{
    char to[PATH_MAX] = "somewhere else";
    char *path = hb_path_join(pickup, module);
    ssize_t len = readlink(path, to, sizeof to - 1);
    if (len > 0) {
        to[len] = '\0';
    }
    result->put = HB_PUT_LINK;
    snprintf(result->message, sizeof result->message,
             "%.300s is a link to %.300s: deploy there, or remove the link",
             path, to);
    free(path);
}

static void see_mtime(struct look *look, int64_t mtime)
{
    if (mtime > look->after && mtime < hb_clock_wall() / 1000 + AHEAD_MAX) {
        look->after = mtime;
    }
}

/* Where the server imports from its own copy, a copy of the same size must
 * be from an earlier second, or Python would trust stale bytecode. Also when
 * it holds the same bytes: what the bytecode was made of cannot be seen. */
static void see_copy(struct look *look, const struct hb_put_request *request,
                     const struct hb_beneath_file *copy)
{
    int64_t now = hb_clock_wall();
    int64_t passed = ((int64_t)copy->st.st_mtim.tv_sec + 1) * 1000;
    if (copy->exists && copy->len == request->len && passed > now &&
        passed - now <= COPY_WAIT_MAX_MS && passed - now > look->wait_ms) {
        look->wait_ms = passed - now;
    }
}

/* What cannot be read may be ours or not: nothing is written over it, and it
 * is not told to be another's. */
static void see_nothing(struct look *look, size_t index,
                        const struct hb_put_request *request)
{
    struct hb_error err = {0};
    hb_error_errno(&err, HB_EDELIVERY, errno,
                   "cannot read %s/%s, so nothing was written there",
                   request->target->servers[index].pickup, request->module);
    look->blind[index] = hb_strdup(err.message);
}

/* False when the result is decided: a link or a version that is not known. */
static bool look_at(const struct hb_put_request *request, size_t index,
                    struct look *look, struct hb_put_result *result)
{
    const struct hb_server *server = &request->target->servers[index];
    struct hb_beneath_file file = {0};
    struct hb_error err = {0};
    bool go_on = true;
    int folder = -1;
    if (request->flags[index] && server->pickup != NULL) {
        folder = hb_beneath_folder(server->pickup, &err);
        if (folder < 0) {
            look->blind[index] = hb_strdup(err.message);
        } else if (!hb_beneath_read(folder, request->module, &file)) {
            if (errno == ELOOP) {
                put_link(result, server->pickup, request->module);
                go_on = false;
            } else {
                see_nothing(look, index, request);
            }
        }
        if (file.exists) {
            see_mtime(look, file.st.st_mtim.tv_sec);
            memcpy(look->there[index], file.blob, HB_OID_SIZE);
            if (!is_known(request, file.blob)) {
                take_found(result, &file, server->pickup, request->module,
                           false);
                go_on = false;
            }
        }
        hb_beneath_release(&file);
        if (folder >= 0) {
            close(folder);
        }
    }
    folder = go_on && server->copies != NULL
                 ? hb_beneath_folder(server->copies, NULL)
                 : -1;
    if (folder >= 0) {
        if (hb_beneath_read(folder, request->module, &file) && file.exists) {
            see_copy(look, request, &file);
            if (!is_known(request, file.blob)) {
                take_found(result, &file, server->copies, request->module,
                           true);
                go_on = false;
            }
        }
        hb_beneath_release(&file);
        close(folder);
    }
    return go_on;
}

/* The saved file is the pickup file: nothing to write, only to touch. */
static bool is_document(const struct hb_put_request *request,
                        const struct hb_server *server)
{
    struct stat saved;
    struct stat there;
    if (request->document == NULL || stat(request->document, &saved) != 0) {
        return false;
    }
    char *path = hb_path_join(server->pickup, request->module);
    bool same = lstat(path, &there) == 0 && saved.st_ino == there.st_ino &&
                saved.st_dev == there.st_dev;
    free(path);
    return same;
}

static enum hb_place put_one(const struct hb_put_request *request, size_t index,
                             const struct look *look, int64_t mtime,
                             struct hb_beneath_file *found,
                             struct hb_rest *rest, struct hb_error *err)
{
    const struct hb_server *server = &request->target->servers[index];
    const char *there = look->there[index];
    if (look->blind[index] != NULL) {
        hb_error_set(err, HB_EDELIVERY, "%s", look->blind[index]);
        return HB_PLACE_FAILED;
    }
    if (strcmp(there, request->blob) == 0 && is_document(request, server)) {
        return hb_delivery_nudge(server, request->module, request->blob,
                                 mtime - 1, &mtime, err)
                   ? HB_PLACE_DONE
                   : HB_PLACE_FAILED;
    }
    return hb_place_file(request, server, there, mtime, found, rest, err);
}

static void put_all(const struct hb_put_request *request,
                    const struct look *look, struct hb_put_result *result)
{
    int64_t now = hb_clock_wall() / 1000;
    size_t done = 0;
    result->mtime = now > look->after ? now : look->after + 1;
    for (size_t i = 0; i < request->target->server_count; i++) {
        const struct hb_server *server = &request->target->servers[i];
        struct hb_beneath_file found = {0};
        struct hb_error err = {0};
        if (!request->flags[i]) {
            continue;
        }
        switch (put_one(request, i, look, result->mtime, &found,
                        &result->servers[i].rest, &err)) {
        case HB_PLACE_DONE:
            result->servers[i].done = true;
            done++;
            break;
        case HB_PLACE_FOUND:
            if (done == 0) {
                take_found(result, &found, server->pickup, request->module,
                           false);
                hb_beneath_release(&found);
                return;
            }
            result->servers[i].message =
                hb_format("%s/%s was changed at this very moment; it was "
                          "left as it is",
                          server->pickup, request->module);
            break;
        case HB_PLACE_LINK:
            if (done == 0) {
                put_link(result, server->pickup, request->module);
                return;
            }
            result->servers[i].message =
                hb_format("%s/%s is a link now; nothing was written",
                          server->pickup, request->module);
            break;
        case HB_PLACE_FAILED:
            result->servers[i].message = hb_strdup(err.message);
            if (result->message[0] == '\0') {
                snprintf(result->message, sizeof result->message, "%s",
                         err.message);
            }
            break;
        }
        hb_beneath_release(&found);
    }
    result->put = done > 0 ? HB_PUT_DONE : HB_PUT_FAILED;
}

void hb_delivery_put(const struct hb_put_request *request,
                     struct hb_put_result *result)
{
    size_t count = request->target->server_count;
    struct look look = {.after = request->after};
    *result = (struct hb_put_result){.put = HB_PUT_FAILED};
    result->servers = hb_alloc(count * sizeof *result->servers);
    result->server_count = count;
    look.there = hb_alloc(count * sizeof *look.there);
    look.blind = hb_alloc(count * sizeof *look.blind);
    for (size_t i = 0; i < count; i++) {
        if (!look_at(request, i, &look, result)) {
            goto out;
        }
    }
    if (look.wait_ms > 0) {
        result->put = HB_PUT_WAIT;
        result->wait_ms = look.wait_ms;
        goto out;
    }
    put_all(request, &look, result);
out:
    if (result->put != HB_PUT_DONE) {
        hb_delivery_clean(result);
    }
    for (size_t i = 0; i < count; i++) {
        free(look.blind[i]);
    }
    free(look.blind);
    free(look.there);
}

void hb_delivery_clean(struct hb_put_result *result)
{
    for (size_t i = 0; i < result->server_count; i++) {
        struct hb_rest *rest = &result->servers[i].rest;
        if (rest->there) {
            unlinkat(rest->folder, rest->name, 0);
            close(rest->folder);
            rest->there = false;
        }
    }
}

void hb_put_result_release(struct hb_put_result *result)
{
    hb_delivery_clean(result);
    for (size_t i = 0; i < result->server_count; i++) {
        free(result->servers[i].message);
        free(result->servers[i].rest.kept);
    }
    free(result->servers);
    free(result->found_bytes);
    free(result->found_where);
    *result = (struct hb_put_result){0};
}

bool hb_delivery_nudge(const struct hb_server *server, const char *module,
                       const char *blob, int64_t after, int64_t *mtime,
                       struct hb_error *err)
{
    struct hb_beneath_file file = {0};
    bool ok = false;
    int folder = hb_beneath_folder(server->pickup, err);
    if (folder < 0) {
        return false;
    }
    if (!hb_beneath_read(folder, module, &file)) {
        hb_error_errno(err, HB_EDELIVERY, errno, "cannot read %s/%s",
                       server->pickup, module);
        goto out;
    }
    if (strcmp(file.blob, blob) != 0) {
        hb_error_set(err, HB_EDELIVERY,
                     "%s/%s does not hold this version any more",
                     server->pickup, module);
        goto out;
    }
    struct look look = {.after = after};
    see_mtime(&look, file.st.st_mtim.tv_sec);
    int64_t now = hb_clock_wall() / 1000;
    *mtime = now > look.after ? now : look.after + 1;
    ok = hb_place_touch(folder, module, &file.st, *mtime);
    if (!ok) {
        hb_error_errno(err, HB_EDELIVERY, errno, "cannot touch %s/%s",
                       server->pickup, module);
    }
out:
    hb_beneath_release(&file);
    close(folder);
    return ok;
}

bool hb_delivery_look(const struct hb_server *server, const char *module,
                      char blob[HB_OID_SIZE], struct hb_error *err)
{
    struct hb_beneath_file file = {0};
    blob[0] = '\0';
    if (server->pickup == NULL) {
        return hb_error_set(err, HB_EDELIVERY,
                            "%s has no pickup directory that we know of",
                            server->name);
    }
    int folder = hb_beneath_folder(server->pickup, err);
    if (folder < 0) {
        return false;
    }
    bool ok = hb_beneath_read(folder, module, &file);
    if (ok) {
        memcpy(blob, file.blob, HB_OID_SIZE);
    } else {
        hb_error_errno(err, HB_EDELIVERY, errno, "cannot read %s/%s",
                       server->pickup, module);
    }
    hb_beneath_release(&file);
    close(folder);
    return ok;
}

void hb_delivery_each(const struct hb_server *server, hb_each_fn each,
                      void *user)
{
    int fd =
        server->pickup == NULL ? -1 : hb_beneath_folder(server->pickup, NULL);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    if (folder == NULL && fd >= 0) {
        close(fd);
    }
    for (int i = 0; folder != NULL && i < ENTRIES_MAX; i++) {
        struct hb_beneath_file file;
        struct dirent *entry = readdir(folder);
        if (entry == NULL) {
            break;
        }
        size_t len = strlen(entry->d_name);
        if (len > 3 && strcmp(entry->d_name + len - 3, ".py") == 0 &&
            hb_beneath_read(dirfd(folder), entry->d_name, &file)) {
            if (file.exists) {
                each(user, entry->d_name, file.blob);
            }
            hb_beneath_release(&file);
        }
    }
    if (folder != NULL) {
        closedir(folder);
    }
}
