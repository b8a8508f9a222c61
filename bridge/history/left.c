#include "history/read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/paths.h"
#include "history/chain.h"
#include "history/commit.h"
#include "history/escape.h"
#include "history/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* How many of a module's deploys are searched for one that is newer. */
#define NEWER_DEPTH 200
/* How long late words are listened for, in ms. */
#define LATE_MS (24 * 3600 * 1000LL)
/* Largest file of marks, in bytes. */
#define MARKS_MAX (1u << 20)

static struct hb_pending *add(struct hb_pending **pending, size_t *count)
{
    *pending = hb_realloc_array(*pending, *count + 1, sizeof **pending);
    struct hb_pending *entry = &(*pending)[(*count)++];
    *entry = (struct hb_pending){0};
    return entry;
}

/* What the target was given before, and may be replaced without a word. */
static void read_given(struct hb_books *books, struct hb_pending *entry)
{
    const struct hb_index_module *module = hb_index_module(
        books->index, entry->deploy->target, entry->deploy->module);
    memcpy(entry->last_blob, module->given, HB_OID_SIZE);
    memcpy(entry->found_blob, module->found, HB_OID_SIZE);
}

/* The marks of a delivery that began later than its attempt. */
static void read_marks(struct hb_books *books, struct hb_pending *entry)
{
    char *path = hb_write_marks_path(books, entry->deploy->id);
    char *text = NULL;
    size_t len = 0;
    if (hb_file_read(path, MARKS_MAX, &text, &len, NULL)) {
        hb_message_free_marks(entry->marks, entry->mark_count);
        entry->marks = NULL;
        entry->mark_count = 0;
        entry->delivering = true;
        for (char *save = NULL, *line = strtok_r(text, "\n", &save);
             line != NULL; line = strtok_r(NULL, "\n", &save)) {
            const char *rest = line;
            unsigned long long inode = 0;
            unsigned long long offset = 0;
            char *server = hb_unescape_word(&rest);
            sscanf(rest, "%llu %llu", &inode, &offset);
            entry->marks = hb_realloc_array(entry->marks, entry->mark_count + 1,
                                            sizeof *entry->marks);
            entry->marks[entry->mark_count++] = (struct hb_log_mark){
                .server = server, .inode = inode, .offset = offset};
        }
    }
    free(text);
    free(path);
}

/* Was a later deploy of the module delivered? What was recorded since the
 * attempt is looked at, and may be of an earlier one. */
static bool is_overtaken(struct hb_books *books, const struct hb_deploy *deploy)
{
    struct hb_chain chain;
    struct hb_deploy *other;
    bool overtaken = false;
    bool reached = false;
    hb_chain_begin(&chain, books, deploy->target, deploy->module);
    for (int depth = 0; !overtaken && !reached && depth < NEWER_DEPTH &&
                        (other = hb_chain_next(&chain, true)) != NULL;
         depth++) {
        reached = strcmp(other->commit, deploy->previous) == 0;
        overtaken = !reached && !other->late &&
                    other->trigger != HB_TRIGGER_FOUND &&
                    hb_deploy_order(other) > hb_deploy_order(deploy);
        hb_deploy_free(other);
    }
    return overtaken;
}

static void leave_out(struct hb_pending *pending, size_t *count)
{
    struct hb_pending *last = &pending[--*count];
    hb_deploy_free(last->deploy);
    hb_message_free_marks(last->marks, last->mark_count);
}

static bool is_lost(const struct hb_books *books, const git_oid *id)
{
    return hb_oids_has(&books->repo.lost, id);
}

/* Are the bytes gone for good, or a folder on the way to them? */
static bool are_bytes_lost(const struct hb_books *books,
                           const struct hb_deploy *deploy)
{
    git_repository *git = books->repo.git;
    git_commit *attempt = NULL;
    git_tree *root = NULL;
    git_oid id;
    bool lost = git_oid_fromstr(&id, deploy->blob) == 0 && is_lost(books, &id);
    if (!lost && git_oid_fromstr(&id, deploy->attempt) == 0 &&
        git_commit_lookup(&attempt, git, &id) == 0) {
        lost = is_lost(books, git_commit_tree_id(attempt));
    }
    if (!lost && attempt != NULL && git_commit_tree(&root, attempt) == 0) {
        const git_tree_entry *entry =
            git_tree_entry_byname(root, HB_TREES_FOLDER);
        lost = entry != NULL && is_lost(books, git_tree_entry_id(entry));
    }
    git_tree_free(root);
    git_commit_free(attempt);
    return lost;
}

/* Nobody can follow it, and whether it was delivered is not known; it must not
 * be under way for good. */
static bool conclude(struct hb_books *books, const struct hb_pending *pending,
                     struct hb_error *err)
{
    char commit[HB_OID_SIZE];
    struct hb_deploy *deploy = hb_deploy_copy(pending->deploy);
    deploy->state = HB_STATE_DONE;
    deploy->finished = hb_clock_wall();
    deploy->outcome =
        pending->newer ? HB_OUTCOME_SUPERSEDED : HB_OUTCOME_UNCONFIRMED;
    hb_replace(&deploy->message,
               "its bytes were lost when the history was damaged: whether it "
               "was delivered is not known");
    for (size_t i = 0; i < deploy->server_count; i++) {
        deploy->servers[i].state = HB_SERVER_SILENT;
    }
    bool ok = hb_write_outcome(books, deploy, commit, err);
    if (ok) {
        LOG_WARN("%s: %s", deploy->id, deploy->message);
        hb_write_end_attempt(books, deploy->id);
    }
    hb_deploy_free(deploy);
    return ok;
}

/* False when it cannot be read now. */
static bool read_one(struct hb_books *books, const char *id,
                     struct hb_pending **pending, size_t *count,
                     struct hb_error *first)
{
    char attempt[HB_OID_SIZE];
    char known[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    struct hb_log_mark *marks = NULL;
    size_t mark_count = 0;
    struct hb_error err = {0};
    if (hb_index_find(books->index, id, known, late)) {
        hb_write_end_attempt(books, id); /* it has its outcome */
        return true;
    }
    struct hb_deploy *deploy = NULL;
    char *ref = hb_format(HB_REF_PENDING "%s", id);
    bool there = hb_repo_tip(&books->repo, ref, attempt, &err);
    free(ref);
    if (there && attempt[0] == '\0') {
        return true; /* it has ended just now */
    }
    if (there) {
        deploy = hb_commit_read(&books->repo, attempt, NULL, &marks,
                                &mark_count, &err);
    }
    if (deploy == NULL) {
        goto failed;
    }
    struct hb_pending *entry = add(pending, count);
    entry->deploy = deploy;
    entry->marks = marks;
    entry->mark_count = mark_count;
    memcpy(deploy->attempt, attempt, sizeof deploy->attempt);
    deploy->commit[0] = '\0';
    deploy->state = HB_STATE_RECORDED;
    read_marks(books, entry);
    read_given(books, entry);
    entry->newer = is_overtaken(books, deploy);
    if (hb_read_source(books, deploy->module, attempt, &entry->bytes,
                       &entry->len, &err)) {
        return true;
    }
    bool ended = are_bytes_lost(books, deploy) && conclude(books, entry, &err);
    leave_out(*pending, count);
    if (ended) {
        return true;
    }
failed:
    LOG_WARN("%s, which was left, cannot be taken up: %s", id, err.message);
    return err.code != HB_EHISTORY ||
           hb_error_set(first, err.code, "%s", err.message);
}

/* A deploy that has its outcome, and whose servers may still speak. */
static void read_late(struct hb_books *books,
                      const struct hb_index_module *module,
                      struct hb_pending **pending, size_t *count)
{
    struct hb_chain chain;
    struct hb_error err = {0};
    hb_chain_begin(&chain, books, module->target, module->module);
    struct hb_deploy *deploy = hb_chain_next(&chain, false);
    if (deploy == NULL || !hb_outcome_was_delivered(deploy->outcome) ||
        deploy->live || hb_clock_wall() - deploy->finished > LATE_MS) {
        hb_deploy_free(deploy);
        return;
    }
    struct hb_pending *entry = add(pending, count);
    entry->deploy = deploy;
    entry->done = true;
    struct hb_deploy *attempt =
        hb_commit_read(&books->repo, deploy->attempt, NULL, &entry->marks,
                       &entry->mark_count, NULL);
    hb_deploy_free(attempt);
    if (!hb_read_source(books, deploy->module, deploy->commit, &entry->bytes,
                        &entry->len, &err)) {
        LOG_WARN("%s: %s", deploy->id, err.message);
        leave_out(*pending, count);
    }
}

static int by_order(const void *a, const void *b)
{
    const struct hb_deploy *one = ((const struct hb_pending *)a)->deploy;
    const struct hb_deploy *other = ((const struct hb_pending *)b)->deploy;
    int64_t at = hb_deploy_order(one);
    int64_t other_at = hb_deploy_order(other);
    return at == other_at ? strcmp(one->id, other->id)
                          : (at > other_at) - (at < other_at);
}

/* An empty one was being written when the power went: nothing was told of it
 * yet. */
static bool is_empty(const struct hb_books *books, const char *id)
{
    struct stat st;
    char *path = hb_format("%s/" HB_REF_PENDING "%s", books->repo.path, id);
    bool empty = stat(path, &st) == 0 && st.st_size == 0;
    free(path);
    return empty;
}

/* Their ids. libgit2 lists those that another git has packed, too, but ends
 * without a word where the folder cannot be read. */
static bool list(struct hb_books *books, struct hb_strings *ids,
                 struct hb_error *err)
{
    git_strarray refs = {0};
    struct hb_strings names = {0};
    char *folder = hb_path_join(books->repo.path, HB_REF_PENDING);
    bool ok = hb_path_list(folder, &names) ||
              hb_repo_errno(err, errno, "its pending deploys cannot be listed");
    for (size_t i = 0; i < names.count; i++) {
        if (hb_text_is_uuid(names.items[i]) &&
            !is_empty(books, names.items[i])) {
            hb_strings_add(ids, names.items[i]);
        }
    }
    if (git_reference_list(&refs, books->repo.git) != 0) {
        ok = hb_repo_error(err, "its branches cannot be listed");
    }
    for (size_t i = 0; i < refs.count; i++) {
        const char *id = refs.strings[i] + strlen(HB_REF_PENDING);
        if (strncmp(refs.strings[i], HB_REF_PENDING, strlen(HB_REF_PENDING)) ==
                0 &&
            !hb_strings_has(ids, id)) {
            hb_strings_add(ids, id);
        }
    }
    git_strarray_dispose(&refs);
    hb_strings_release(&names);
    free(folder);
    return ok;
}

bool hb_read_pending(struct hb_books *books, struct hb_pending **pending,
                     size_t *count, struct hb_error *err)
{
    struct hb_strings ids = {0};
    *pending = NULL;
    *count = 0;
    bool ok = list(books, &ids, err);
    for (size_t i = 0; i < ids.count; i++) {
        ok = read_one(books, ids.items[i], pending, count, err) && ok;
    }
    hb_strings_release(&ids);
    hb_write_sweep_marks(books);
    for (const struct hb_index_module *module = hb_index_modules(books->index);
         module != NULL; module = module->next) {
        read_late(books, module, pending, count);
    }
    if (*count > 1) {
        qsort(*pending, *count, sizeof **pending, by_order);
    }
    return ok;
}

void hb_read_free_pending(struct hb_pending *pending, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hb_deploy_free(pending[i].deploy);
        hb_message_free_marks(pending[i].marks, pending[i].mark_count);
        free(pending[i].bytes);
    }
    free(pending);
}
