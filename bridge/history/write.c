#include "history/write.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/clock.h"
#include "base/paths.h"
#include "history/commit.h"
#include "history/escape.h"
#include "history/message.h"
#include "history/ref.h"
#include "history/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* Folder of what is known of deliveries under way, in the repository's. */
#define MARKS "hotbridge.marks"

static char *pending_ref(const char *id)
{
    return hb_format(HB_REF_PENDING "%s", id);
}

char *hb_write_marks_path(const struct hb_books *books, const char *id)
{
    return hb_format("%s/" MARKS "/%s", books->repo.path, id);
}

/* Is the id known already, and for the same deploy? */
static bool is_new(struct hb_books *books, const struct hb_deploy *deploy,
                   const char *ref, bool *known, struct hb_error *err)
{
    char commit[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    *known = hb_index_find(books->index, deploy->id, commit, late);
    if (!*known) {
        if (!hb_repo_tip(&books->repo, ref, commit, err)) {
            return false;
        }
        *known = commit[0] != '\0';
    }
    if (!*known) {
        return true;
    }
    struct hb_deploy *was =
        hb_commit_read(&books->repo, commit, NULL, NULL, NULL, err);
    if (was == NULL) {
        return false;
    }
    bool same = strcmp(was->target, deploy->target) == 0 &&
                strcmp(was->module, deploy->module) == 0 &&
                strcmp(was->blob, deploy->blob) == 0;
    hb_deploy_free(was);
    return same || hb_error_set(err, HB_EREUSED,
                                "the id %s was used for another deploy: take "
                                "a new one",
                                deploy->id);
}

/* A name that no tree may hold gets no blob; its message says enough. */
static bool may_be_stored(const char *module)
{
    size_t len = strlen(module);
    if (len <= 3 || strcmp(module + len - 3, ".py") != 0) {
        return false;
    }
    for (const char *at = module; *at != '\0'; at++) {
        if ((unsigned char)*at <= ' ' || *at == '/' || *at == '\\' ||
            *at == 0x7F) {
            return false;
        }
    }
    return module[0] != '.' && module[0] != '-' && hb_text_is_utf8(module, len);
}

/* Whoever asks has checked all this by its own rules; what would end up in a
 * path of the repository is checked here once more. */
static bool is_fit(const struct hb_deploy *deploy, struct hb_error *err)
{
    if (!hb_text_is_uuid(deploy->id)) {
        return hb_error_set(err, HB_EPARAMS, "a deploy's id must be a UUID");
    }
    if (!hb_text_is_target(deploy->target)) {
        return hb_error_set(err, HB_ETARGET, "no target can be called so");
    }
    return may_be_stored(deploy->module) ||
           hb_error_set(err, HB_EMODULE, "no module can be called so");
}

bool hb_write_attempt(struct hb_books *books, struct hb_deploy *deploy,
                      const char *bytes, size_t len,
                      const struct hb_log_mark *marks, size_t mark_count,
                      struct hb_attempt_result *result, struct hb_error *err)
{
    struct hb_batch batch;
    git_oid blob;
    git_oid tree;
    bool known = false;
    char *ref = pending_ref(deploy->id);
    const struct hb_index_module *module =
        hb_index_module(books->index, deploy->target, deploy->module);
    *result = (struct hb_attempt_result){0};
    hb_batch_begin(&batch, &books->repo);
    hb_text_blob_id(bytes, len, deploy->blob);
    bool ok = is_fit(deploy, err) && is_new(books, deploy, ref, &known, err);
    if (!ok || known) {
        goto out;
    }
    memcpy(result->previous, module->newest, HB_OID_SIZE);
    memcpy(result->last_blob, module->given, HB_OID_SIZE);
    memcpy(result->found_blob, module->found, HB_OID_SIZE);
    memcpy(deploy->previous, module->newest, HB_OID_SIZE);
    const struct hb_message_extra extra = {
        .marks = marks, .mark_count = mark_count, .attempt = true};
    char *message = hb_message_write(deploy, &extra);
    ok = hb_store_blob(&batch, bytes, len, &blob, err) &&
         hb_store_tree(&batch, "", deploy->module, &blob, &tree, err) &&
         hb_store_commit(&batch, message, &tree, "", result->attempt, err) &&
         hb_store_ref(&batch, ref, "", result->attempt, err);
    free(message);
out:
    hb_batch_release(&batch);
    free(ref);
    return ok;
}

/* A commit on a branch: the blob in its place, the message, the ref. */
static bool append(struct hb_books *books, const struct hb_deploy *deploy,
                   const char *ref, bool whole_tree, const git_oid *blob,
                   const char *where, struct hb_batch *batch,
                   char commit[HB_OID_SIZE], struct hb_error *err)
{
    char tip[HB_OID_SIZE];
    git_oid tree;
    if (!hb_repo_tip(&books->repo, ref, tip, err) ||
        (tip[0] == '\0' && !hb_index_agrees(books->index, err)) ||
        !hb_store_tree(batch, whole_tree ? tip : "", deploy->module, blob,
                       &tree, err)) {
        return false;
    }
    const struct hb_message_extra extra = {.where = where};
    char *message = hb_message_write(deploy, &extra);
    bool ok = hb_store_commit(batch, message, &tree, tip, commit, err) &&
              hb_store_ref(batch, ref, tip, commit, err);
    free(message);
    if (ok) {
        hb_index_add(books->index, deploy, commit);
    }
    if (ok && whole_tree) {
        hb_batch_keep(batch, commit);
    }
    return ok;
}

void hb_write_end_attempt(struct hb_books *books, const char *id)
{
    struct hb_error err = {0};
    char *ref = pending_ref(id);
    char *marks = hb_write_marks_path(books, id);
    if (!hb_ref_drop(&books->repo, ref, &err)) {
        LOG_WARN("%s", err.message);
    }
    unlink(marks);
    free(marks);
    free(ref);
}

void hb_write_sweep_marks(struct hb_books *books)
{
    char *path = hb_path_join(books->repo.path, MARKS);
    DIR *folder = opendir(path);
    free(path);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char commit[HB_OID_SIZE];
        char *ref = pending_ref(entry->d_name);
        if (entry->d_name[0] != '.' &&
            (!hb_text_is_uuid(entry->d_name) ||
             (hb_repo_tip(&books->repo, ref, commit, NULL) &&
              commit[0] == '\0'))) {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
        free(ref);
    }
    closedir(folder);
}

/* The bytes that the attempt was made with. */
static bool read_pending_blob(struct hb_books *books, struct hb_deploy *deploy,
                              struct hb_error *err)
{
    char attempt[HB_OID_SIZE];
    char *ref = pending_ref(deploy->id);
    bool ok =
        hb_repo_tip(&books->repo, ref, attempt, err) &&
        hb_store_find(&books->repo, attempt, deploy->module, deploy->blob, err);
    free(ref);
    return ok;
}

bool hb_write_outcome(struct hb_books *books, struct hb_deploy *deploy,
                      char commit[HB_OID_SIZE], struct hb_error *err)
{
    bool delivered = hb_outcome_was_delivered(deploy->outcome);
    char *ref = delivered ? hb_repo_branch(deploy->target)
                          : hb_repo_undelivered(deploy->target);
    struct hb_batch batch;
    git_oid blob;
    bool ok = false;
    char known[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    char *pending = pending_ref(deploy->id);
    hb_batch_begin(&batch, &books->repo);
    batch.goes_on = true;
    batch.ends = pending;
    if (hb_index_find(books->index, deploy->id, known, late)) {
        memcpy(commit, known, HB_OID_SIZE); /* recorded by an earlier try */
        ok = true;
        goto out;
    }
    if (deploy->blob[0] == '\0' && !read_pending_blob(books, deploy, err)) {
        goto out;
    }
    if (git_oid_fromstr(&blob, deploy->blob) != 0) {
        hb_error_set(err, HB_EINTERNAL, "the deploy %s has no blob",
                     deploy->id);
        goto out;
    }
    if (delivered) {
        const struct hb_index_module *module =
            hb_index_module(books->index, deploy->target, deploy->module);
        memcpy(deploy->previous, module->newest, HB_OID_SIZE);
    }
    ok =
        append(books, deploy, ref, delivered, &blob, NULL, &batch, commit, err);
out:
    hb_batch_release(&batch);
    free(pending);
    free(ref);
    return ok;
}

bool hb_write_rejected(struct hb_books *books, struct hb_deploy *deploy,
                       const char *bytes, size_t len, char commit[HB_OID_SIZE],
                       struct hb_error *err)
{
    char *ref = hb_repo_undelivered(deploy->target);
    char *module = NULL;
    char known[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    struct hb_batch batch;
    git_oid blob;
    bool ok = true;
    hb_batch_begin(&batch, &books->repo);
    if (hb_index_find(books->index, deploy->id, known, late)) {
        memcpy(commit, known, HB_OID_SIZE);
        goto out;
    }
    bool text = hb_text_is_utf8(bytes, len);
    ok = hb_store_blob(&batch, text ? bytes : "", text ? len : 0, &blob, err);
    if (ok && !may_be_stored(deploy->module)) {
        module = deploy->module;
        deploy->module = hb_strdup("refused.py");
    }
    char tip[HB_OID_SIZE];
    git_oid tree;
    ok = ok && hb_repo_tip(&books->repo, ref, tip, err) &&
         (tip[0] != '\0' || hb_index_agrees(books->index, err)) &&
         hb_store_tree(&batch, "", deploy->module, &blob, &tree, err);
    if (module != NULL) {
        free(deploy->module);
        deploy->module = module;
    }
    if (ok) {
        const struct hb_message_extra extra = {0};
        char *message = hb_message_write(deploy, &extra);
        ok = hb_store_commit(&batch, message, &tree, tip, commit, err) &&
             hb_store_ref(&batch, ref, tip, commit, err);
        free(message);
    }
    if (ok) {
        hb_index_add(books->index, deploy, commit);
    }
out:
    hb_batch_release(&batch);
    free(ref);
    return ok;
}

bool hb_write_found(struct hb_books *books, const char *target,
                    const char *module, const char *where, const char *bytes,
                    size_t len, char commit[HB_OID_SIZE], struct hb_error *err)
{
    struct hb_deploy *deploy = hb_deploy_new();
    char *ref = hb_repo_branch(target);
    struct hb_batch batch;
    git_oid blob;
    hb_batch_begin(&batch, &books->repo);
    deploy->target = hb_strdup(target);
    deploy->module = hb_strdup(module);
    deploy->trigger = HB_TRIGGER_FOUND;
    deploy->message = hb_format("found in %s", where);
    deploy->started = hb_clock_wall();
    deploy->finished = deploy->started;
    hb_text_blob_id(bytes, len, deploy->blob);
    memcpy(deploy->previous,
           hb_index_module(books->index, target, module)->newest, HB_OID_SIZE);
    bool ok =
        hb_store_blob(&batch, bytes, len, &blob, err) &&
        append(books, deploy, ref, true, &blob, where, &batch, commit, err);
    hb_batch_release(&batch);
    hb_deploy_free(deploy);
    free(ref);
    return ok;
}

bool hb_write_late(struct hb_books *books, struct hb_deploy *deploy,
                   char commit[HB_OID_SIZE], struct hb_error *err)
{
    char *ref = hb_repo_branch(deploy->target);
    char tip[HB_OID_SIZE];
    char there[HB_OID_SIZE];
    struct hb_batch batch;
    git_oid blob;
    char known[HB_OID_SIZE];
    char before[HB_OID_SIZE];
    if (!hb_index_find(books->index, deploy->id, known, before)) {
        free(ref);
        return hb_error_set(err, HB_EDEPLOY,
                            "no deploy with the id %s is known", deploy->id);
    }
    hb_batch_begin(&batch, &books->repo);
    deploy->late = true;
    memcpy(
        deploy->previous,
        hb_index_module(books->index, deploy->target, deploy->module)->newest,
        HB_OID_SIZE);
    /* The tree stays as it is: nothing was given to the target. */
    bool ok = hb_repo_tip(&books->repo, ref, tip, err) &&
              hb_store_find(&books->repo, tip, deploy->module, there, err);
    if (ok &&
        git_oid_fromstr(&blob, there[0] == '\0' ? deploy->blob : there) != 0) {
        ok = hb_repo_error(err, "a late word has no blob");
    }
    ok = ok &&
         append(books, deploy, ref, true, &blob, NULL, &batch, commit, err);
    hb_batch_release(&batch);
    free(ref);
    return ok;
}

bool hb_write_delivering(struct hb_books *books, const char *id,
                         const struct hb_log_mark *marks, size_t count,
                         struct hb_error *err)
{
    struct hb_buffer out = {0};
    char *folder = hb_path_join(books->repo.path, MARKS);
    char *path = hb_write_marks_path(books, id);
    for (size_t i = 0; i < count; i++) {
        hb_escape_word(&out, marks[i].server);
        hb_buffer_print(&out, " %llu %llu\n",
                        (unsigned long long)marks[i].inode,
                        (unsigned long long)marks[i].offset);
    }
    bool ok = mkdir(folder, 0700) == 0 || errno == EEXIST;
    if (!ok) {
        hb_error_errno(err, HB_EHISTORY, errno, "cannot make %s", folder);
    }
    ok = ok &&
         hb_file_replace(path, hb_buffer_text(&out), out.len, 0600, false, err);
    hb_buffer_release(&out);
    free(path);
    free(folder);
    return ok;
}
