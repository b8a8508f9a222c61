#include "history/read.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/paths.h"
#include "history/chain.h"
#include "history/commit.h"
#include "history/escape.h"
#include "history/message.h"
#include "history/store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* How many of a module's deploys are searched for what is live. */
#define LIVE_DEPTH 200
/* How long late words are listened for, in ms. */
#define LATE_MS (24 * 3600 * 1000LL)
/* Largest file of marks, in bytes. */
#define MARKS_MAX (1u << 20)

/* ---- what to go back to ----------------------------------------------- */

/* Commits of the versions that were deployed, each where it was first, oldest
 * first; rollbacks do not count. */
static void versions(struct hb_books *books, const char *target,
                     const char *module, struct hb_strings *commits,
                     struct hb_strings *blobs)
{
    struct hb_chain chain;
    struct hb_deploy *deploy;
    struct hb_strings all = {0};
    struct hb_strings all_blobs = {0};
    hb_chain_begin(&chain, books, target, module);
    while ((deploy = hb_chain_next(&chain, false)) != NULL) {
        if ((deploy->outcome == HB_OUTCOME_DEPLOYED || deploy->live) &&
            deploy->trigger != HB_TRIGGER_ROLLBACK) {
            hb_strings_add(&all, deploy->commit);
            hb_strings_add(&all_blobs, deploy->blob);
        }
        hb_deploy_free(deploy);
    }
    for (size_t i = all.count; i-- > 0;) {
        if (!hb_strings_has(blobs, all_blobs.items[i])) {
            hb_strings_add(commits, all.items[i]);
            hb_strings_add(blobs, all_blobs.items[i]);
        }
    }
    hb_strings_release(&all);
    hb_strings_release(&all_blobs);
}

bool hb_read_rollback(struct hb_books *books, const char *target,
                      const char *module, const char *commit, const char *now,
                      char found[HB_OID_SIZE], struct hb_error *err)
{
    struct hb_strings commits = {0};
    struct hb_strings blobs = {0};
    char there[HB_OID_SIZE];
    if (commit != NULL) {
        return hb_read_resolve(books, target, module, commit, found, err);
    }
    snprintf(there, sizeof there, "%s",
             now[0] != '\0'
                 ? now
                 : hb_index_module(books->index, target, module)->given);
    versions(books, target, module, &commits, &blobs);
    /* What lies there now stands in the list, and the one before it is
     * wanted; or it does not, and the newest is. */
    size_t at = commits.count;
    for (size_t i = 0; i < blobs.count; i++) {
        if (strcmp(blobs.items[i], there) == 0) {
            at = i;
        }
    }
    bool ok = at > 0;
    if (ok) {
        snprintf(found, HB_OID_SIZE, "%s", commits.items[at - 1]);
    } else {
        hb_error_set(err, HB_ENOTHING,
                     "there is nothing to go back to: no %sversion of %s was "
                     "deployed to %s",
                     commits.count > 0 ? "older " : "", module, target);
    }
    hb_strings_release(&commits);
    hb_strings_release(&blobs);
    return ok;
}

/* ---- what is live ----------------------------------------------------- */

static bool has_server(const struct hb_live *live, size_t count,
                       const char *server)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(live[i].server, server) == 0) {
            return true;
        }
    }
    return false;
}

static void live_of(struct hb_books *books, const char *target,
                    const char *module, struct hb_live **live, size_t *count)
{
    struct hb_chain chain;
    struct hb_deploy *deploy;
    size_t first = *count;
    size_t wanted = 0;
    hb_chain_begin(&chain, books, target, module);
    for (int depth = 0;
         depth < LIVE_DEPTH && (deploy = hb_chain_next(&chain, false)) != NULL;
         depth++) {
        wanted = wanted == 0 ? deploy->server_count : wanted;
        for (size_t i = 0; i < deploy->server_count; i++) {
            const struct hb_deploy_server *server = &deploy->servers[i];
            if (server->state != HB_SERVER_CONFIRMED ||
                has_server(*live + first, *count - first, server->name)) {
                continue;
            }
            *live = hb_realloc_array(*live, *count + 1, sizeof **live);
            struct hb_live *entry = &(*live)[(*count)++];
            *entry = (struct hb_live){.module = hb_strdup(module),
                                      .server = hb_strdup(server->name),
                                      .time = deploy->finished};
            memcpy(entry->commit, deploy->commit, HB_OID_SIZE);
            memcpy(entry->blob, deploy->blob, HB_OID_SIZE);
        }
        hb_deploy_free(deploy);
        if (wanted > 0 && *count - first >= wanted) {
            return;
        }
    }
}

bool hb_read_live(struct hb_books *books, const char *target,
                  const char *module, struct hb_live **live, size_t *count,
                  struct hb_error *err)
{
    (void)err;
    *live = NULL;
    *count = 0;
    if (module != NULL) {
        live_of(books, target, module, live, count);
        return true;
    }
    for (const struct hb_index_module *entry = hb_index_modules(books->index);
         entry != NULL; entry = entry->next) {
        if (strcmp(entry->target, target) == 0) {
            live_of(books, target, entry->module, live, count);
        }
    }
    return true;
}

void hb_read_free_live(struct hb_live *live, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(live[i].module);
        free(live[i].server);
    }
    free(live);
}

/* ---- what the last bridge left ---------------------------------------- */

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

static void read_one(struct hb_books *books, const char *ref,
                     struct hb_pending **pending, size_t *count)
{
    char attempt[HB_OID_SIZE];
    char known[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    struct hb_log_mark *marks = NULL;
    size_t mark_count = 0;
    struct hb_error err = {0};
    const char *id = ref + strlen(HB_REF_PENDING);
    if (hb_index_find(books->index, id, known, late)) {
        hb_write_end_attempt(books, id); /* it has its outcome */
        return;
    }
    struct hb_deploy *deploy = NULL;
    if (hb_repo_tip(&books->repo, ref, attempt, &err)) {
        deploy = hb_commit_read(&books->repo, attempt, NULL, &marks,
                                &mark_count, &err);
    }
    if (deploy == NULL) {
        LOG_WARN("%s: %s", ref, err.message);
        return;
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
    if (!hb_read_source(books, deploy->module, attempt, &entry->bytes,
                        &entry->len, &err)) {
        LOG_WARN("%s: %s", ref, err.message);
        hb_deploy_free(entry->deploy);
        hb_message_free_marks(entry->marks, entry->mark_count);
        (*count)--;
    }
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
        hb_deploy_free(entry->deploy);
        hb_message_free_marks(entry->marks, entry->mark_count);
        (*count)--;
    }
}

static int by_start(const void *a, const void *b)
{
    const struct hb_pending *one = a;
    const struct hb_pending *other = b;
    return (one->deploy->started > other->deploy->started) -
           (one->deploy->started < other->deploy->started);
}

bool hb_read_pending(struct hb_books *books, struct hb_pending **pending,
                     size_t *count, struct hb_error *err)
{
    git_strarray refs = {0};
    *pending = NULL;
    *count = 0;
    if (git_reference_list(&refs, books->repo.git) != 0) {
        return hb_repo_error(err, "its branches cannot be listed");
    }
    for (size_t i = 0; i < refs.count; i++) {
        if (strncmp(refs.strings[i], HB_REF_PENDING, strlen(HB_REF_PENDING)) ==
            0) {
            read_one(books, refs.strings[i], pending, count);
        }
    }
    git_strarray_dispose(&refs);
    hb_write_sweep_marks(books);
    for (const struct hb_index_module *module = hb_index_modules(books->index);
         module != NULL; module = module->next) {
        read_late(books, module, pending, count);
    }
    if (*count > 1) {
        qsort(*pending, *count, sizeof **pending, by_start);
    }
    return true;
}

void hb_read_free_pending(struct hb_pending *pending, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hb_deploy_free(pending[i].deploy);
        hb_message_free_marks(pending[i].marks, pending[i].mark_count);
        free(pending[i].bytes);
    }
    if (count > 0) {
        free(pending);
    }
}
