#include "daemon/owner.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "base/text.h"
#include "wire/decode.h"
#include "wire/limits.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* How long the lock of a bridge that is dead, or has not named itself yet, is
 * waited for, in ms. */
#define LOCK_WAIT_MS 2000
#define LOCK_STEP_MS 10

/* The pid that the lock file names, or 0. */
static int holder(int lock)
{
    char text[4096];
    ssize_t len = pread(lock, text, sizeof text - 1, 0);
    if (len <= 0) {
        return 0;
    }
    text[len] = '\0';
    int pid = 0;
    struct json_object *object = json_tokener_parse(text);
    struct json_object *member = NULL;
    if (json_object_object_get_ex(object, "pid", &member)) {
        pid = json_object_get_int(member);
    }
    json_object_put(object);
    return pid;
}

/* A bridge that was killed while it started a helper leaves its lock to a
 * child that has not become the helper yet: that ends within moments. */
static bool take_lock(int lock)
{
    for (int waited = 0;; waited += LOCK_STEP_MS) {
        if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        if (errno != EWOULDBLOCK) {
            return false;
        }
        int pid = holder(lock);
        bool alive = pid > 0 && (kill(pid, 0) == 0 || errno == EPERM);
        if (alive || waited >= LOCK_WAIT_MS) {
            errno = EWOULDBLOCK;
            return false;
        }
        usleep(LOCK_STEP_MS * 1000);
    }
}

/* Names this process, and its bridge.json once there is one (else NULL). */
static bool sign(int lock, const char *path, struct hb_error *err)
{
    struct json_object *object = json_object_new_object();
    json_object_object_add(object, "pid", json_object_new_int((int)getpid()));
    if (path != NULL) {
        json_object_object_add(object, "bridge", json_object_new_string(path));
    }
    const char *named =
        json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN);
    size_t len = strlen(named);
    bool ok =
        ftruncate(lock, 0) == 0 && pwrite(lock, named, len, 0) == (ssize_t)len;
    if (!ok) {
        hb_error_errno(err, HB_EIO, errno, "cannot write the lock file");
    }
    json_object_put(object);
    return ok;
}

bool hb_owner_take(struct hb_owner *owner, int *other, struct hb_error *err)
{
    char *state = hb_path_state();
    char *runtime = hb_path_runtime();
    char *lock = hb_path_lock();
    bool ok = false;
    *owner = (struct hb_owner){.lock = -1};
    *other = -1;
    if (!hb_path_make(state, 0700, err) ||
        !hb_path_make_private(runtime, err)) {
        goto out;
    }
    owner->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (owner->lock < 0) {
        hb_error_errno(err, HB_EIO, errno, "cannot open the lock file %s",
                       lock);
        goto out;
    }
    if (!take_lock(owner->lock)) {
        *other = errno == EWOULDBLOCK ? holder(owner->lock) : -1;
        hb_error_errno(err, HB_EIO, errno, "cannot lock %s", lock);
        goto out;
    }
    owner->path = hb_path_join(runtime, "bridge.json");
    ok = sign(owner->lock, NULL, err) &&
         hb_text_random_hex(owner->token, HB_OWNER_SECRET, err) &&
         hb_text_random_hex(owner->proof, HB_OWNER_SECRET, err);
out:
    if (!ok && owner->lock >= 0) {
        close(owner->lock);
        owner->lock = -1;
    }
    free(state);
    free(runtime);
    free(lock);
    return ok;
}

bool hb_owner_announce(struct hb_owner *owner, int port, struct hb_error *err)
{
    char url[64];
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", port);
    const struct hb_bridge_info info = {
        .pid = (int)getpid(),
        .protocol = HB_PROTOCOL,
        .port = port,
        .url = url,
        .token = owner->token,
        .proof = owner->proof,
        .version = (char *)HB_VERSION,
    };
    char *text = hb_encode_bridge_info(&info);
    bool ok =
        hb_file_replace(owner->path, text, strlen(text), 0600, false, err);
    free(text);
    return ok && sign(owner->lock, owner->path, err);
}

void hb_owner_release(struct hb_owner *owner)
{
    if (owner->lock >= 0) {
        if (owner->path != NULL) {
            unlink(owner->path);
        }
        close(owner->lock);
    }
    free(owner->path);
    *owner = (struct hb_owner){.lock = -1};
}
