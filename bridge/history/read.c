#include "history/read.h"

#include "base/alloc.h"
#include "history/chain.h"
#include "history/commit.h"
#include "history/store.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Context lines of a patch. */
#define CONTEXT 3

void hb_page_release(struct hb_page *page)
{
    for (size_t i = 0; i < page->count; i++) {
        hb_deploy_free(page->deploys[i]);
    }
    free(page->deploys);
    *page = (struct hb_page){0};
}

/* One that has no outcome yet. */
static struct hb_deploy *read_attempt(struct hb_books *books, const char *id,
                                      struct hb_error *err)
{
    char attempt[HB_OID_SIZE];
    struct hb_deploy *deploy = NULL;
    char *ref = hb_format(HB_REF_PENDING "%s", id);
    for (char *at = ref + strlen(HB_REF_PENDING); *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    if (hb_text_is_uuid(id) && hb_repo_tip(&books->repo, ref, attempt, err) &&
        attempt[0] != '\0') {
        deploy = hb_commit_read(&books->repo, attempt, NULL, NULL, NULL, err);
    }
    if (deploy != NULL) {
        memcpy(deploy->attempt, attempt, sizeof deploy->attempt);
        deploy->commit[0] = '\0';
        deploy->state = HB_STATE_RECORDED;
    }
    free(ref);
    return deploy;
}

struct hb_deploy *hb_read_get(struct hb_books *books, const char *id,
                              struct hb_error *err)
{
    char commit[HB_OID_SIZE];
    char late[HB_OID_SIZE];
    struct hb_deploy *deploy = NULL;
    if (hb_index_find(books->index, id, commit, late)) {
        deploy = hb_commit_read(&books->repo, commit, NULL, NULL, NULL, err);
        if (deploy != NULL && strcasecmp(deploy->id, id) != 0) {
            hb_deploy_free(deploy); /* another id of the same hash */
            deploy = NULL;
        }
    }
    if (deploy == NULL) {
        deploy = read_attempt(books, id, err);
    }
    if (deploy == NULL) {
        hb_error_set(err, HB_EDEPLOY, "no deploy with the id %s is known", id);
        return NULL;
    }
    hb_chain_fold(books, deploy);
    return deploy;
}

/* ---- lists ------------------------------------------------------------ */

/* Where a list goes on: the next commit on the branch, and among those that
 * were not delivered. */
struct cursor {
    char branch[HB_OID_SIZE];
    char aside[HB_OID_SIZE];
    struct hb_deploy *at_branch; /* read ahead */
    struct hb_deploy *at_aside;
    char after_branch[HB_OID_SIZE];
    char after_aside[HB_OID_SIZE];
};

static bool is_there(struct hb_books *books, const char *commit)
{
    git_oid id;
    return commit[0] == '\0' || (git_oid_fromstr(&id, commit) == 0 &&
                                 git_odb_exists(books->repo.odb, &id) == 1);
}

static bool parse_cursor(struct hb_books *books, const char *text,
                         struct cursor *cursor, struct hb_error *err)
{
    const char *dot = strchr(text, '.');
    size_t len = dot == NULL ? strlen(text) : (size_t)(dot - text);
    if ((len == HB_OID_SIZE - 1 || (len == 0 && dot != NULL)) &&
        (dot == NULL || strlen(dot + 1) == HB_OID_SIZE - 1)) {
        memcpy(cursor->branch, text, len);
        cursor->branch[len] = '\0';
        snprintf(cursor->aside, sizeof cursor->aside, "%s",
                 dot == NULL ? "" : dot + 1);
        if ((len == 0 || hb_text_is_oid(cursor->branch)) &&
            (dot == NULL || hb_text_is_oid(cursor->aside)) &&
            is_there(books, cursor->branch) && is_there(books, cursor->aside)) {
            return true;
        }
    }
    return hb_error_set(err, HB_EPARAMS,
                        "params.before is not the next of a page before");
}

static bool begin(struct hb_books *books, const struct hb_history_query *query,
                  struct cursor *cursor, struct hb_error *err)
{
    *cursor = (struct cursor){0};
    if (query->before != NULL) {
        return parse_cursor(books, query->before, cursor, err);
    }
    char *branch = hb_repo_branch(query->target);
    char *aside = hb_repo_undelivered(query->target);
    bool ok = true;
    if (query->module != NULL) {
        memcpy(
            cursor->branch,
            hb_index_module(books->index, query->target, query->module)->newest,
            HB_OID_SIZE);
    } else {
        ok = hb_repo_tip(&books->repo, branch, cursor->branch, err);
    }
    if (ok && query->all) {
        ok = hb_repo_tip(&books->repo, aside, cursor->aside, err);
    }
    free(branch);
    free(aside);
    return ok;
}

/* The next deploy of one of the two lines; late words are passed over. */
static struct hb_deploy *advance(struct hb_books *books,
                                 const struct hb_history_query *query,
                                 char at[HB_OID_SIZE], bool by_module,
                                 char after[HB_OID_SIZE])
{
    while (at[0] != '\0') {
        char parent[HB_OID_SIZE] = "";
        struct hb_deploy *deploy =
            hb_commit_read(&books->repo, at, parent, NULL, NULL, NULL);
        if (deploy == NULL) { /* somebody's own commit, or the end */
            memcpy(at, by_module ? "" : parent, by_module ? 1 : HB_OID_SIZE);
            continue;
        }
        memcpy(after, by_module ? deploy->previous : parent, HB_OID_SIZE);
        bool wanted =
            !deploy->late && (query->module == NULL ||
                              strcmp(deploy->module, query->module) == 0);
        if (wanted) {
            hb_chain_fold(books, deploy);
            return deploy;
        }
        hb_deploy_free(deploy);
        memcpy(at, after, HB_OID_SIZE);
    }
    return NULL;
}

/* Newest first of both lines. */
static struct hb_deploy *next_of(struct hb_books *books,
                                 const struct hb_history_query *query,
                                 struct cursor *cursor)
{
    if (cursor->at_branch == NULL) {
        cursor->at_branch =
            advance(books, query, cursor->branch, query->module != NULL,
                    cursor->after_branch);
    }
    if (cursor->at_aside == NULL) {
        cursor->at_aside =
            advance(books, query, cursor->aside, false, cursor->after_aside);
    }
    bool from_branch =
        cursor->at_aside == NULL ||
        (cursor->at_branch != NULL &&
         cursor->at_branch->started >= cursor->at_aside->started);
    struct hb_deploy **at =
        from_branch ? &cursor->at_branch : &cursor->at_aside;
    struct hb_deploy *deploy = *at;
    *at = NULL;
    if (deploy != NULL) {
        memcpy(from_branch ? cursor->branch : cursor->aside,
               from_branch ? cursor->after_branch : cursor->after_aside,
               HB_OID_SIZE);
    }
    return deploy;
}

bool hb_read_list(struct hb_books *books, const struct hb_history_query *query,
                  struct hb_page *page, struct hb_error *err)
{
    struct cursor cursor;
    *page = (struct hb_page){0};
    if (!hb_text_is_target(query->target)) {
        return hb_error_set(err, HB_ETARGET, "no target can be called so");
    }
    if (query->limit < 1 || query->limit > HB_HISTORY_LIST_MAX) {
        return hb_error_set(err, HB_EPARAMS,
                            "params.limit is from 1 to %d deploys",
                            HB_HISTORY_LIST_MAX);
    }
    if (!begin(books, query, &cursor, err)) {
        return false;
    }
    page->deploys = hb_alloc((query->limit + 1) * sizeof *page->deploys);
    while (page->count < query->limit) {
        struct hb_deploy *deploy = next_of(books, query, &cursor);
        if (deploy == NULL) {
            break;
        }
        page->deploys[page->count++] = deploy;
    }
    hb_deploy_free(cursor.at_branch);
    hb_deploy_free(cursor.at_aside);
    cursor.at_branch = NULL;
    cursor.at_aside = NULL;
    /* There is a next page only when something is on it. */
    struct cursor peek = cursor;
    struct hb_deploy *more =
        page->count == query->limit ? next_of(books, query, &peek) : NULL;
    if (more != NULL) {
        snprintf(page->next, sizeof page->next, "%s%s%s", cursor.branch,
                 cursor.aside[0] == '\0' ? "" : ".", cursor.aside);
    }
    hb_deploy_free(more);
    hb_deploy_free(peek.at_branch);
    hb_deploy_free(peek.at_aside);
    return true;
}

/* ---- versions --------------------------------------------------------- */

bool hb_read_resolve(struct hb_books *books, const char *target,
                     const char *module, const char *prefix,
                     char commit[HB_OID_SIZE], struct hb_error *err)
{
    git_oid id;
    git_commit *found = NULL;
    char blob[HB_OID_SIZE];
    size_t len = strlen(prefix);
    int code =
        len < 4 || len >= HB_OID_SIZE || git_oid_fromstrn(&id, prefix, len) != 0
            ? GIT_ENOTFOUND
            : git_commit_lookup_prefix(&found, books->repo.git, &id, len);
    if (code == GIT_EAMBIGUOUS) {
        return hb_error_set(err, HB_ECOMMIT,
                            "more than one commit begins with %s: give more "
                            "digits",
                            prefix);
    }
    if (code != 0) {
        return hb_error_set(err, HB_ECOMMIT,
                            "there is no commit %s in the history", prefix);
    }
    git_oid_tostr(commit, HB_OID_SIZE, git_commit_id(found));
    git_commit_free(found);
    struct hb_deploy *deploy =
        hb_commit_read(&books->repo, commit, NULL, NULL, NULL, err);
    if (deploy == NULL) {
        return false;
    }
    bool same = strcmp(deploy->target, target) == 0;
    hb_deploy_free(deploy);
    if (!hb_store_find(&books->repo, commit, module, blob, err)) {
        return false;
    }
    return (same && blob[0] != '\0') ||
           hb_error_set(err, HB_ECOMMIT,
                        "the commit %s gave no %s to %s: see 'hotbridge "
                        "history %s'",
                        prefix, module, target, module);
}

static bool read_blob(struct hb_books *books, const char *blob, git_blob **out,
                      struct hb_error *err)
{
    git_oid id = {{0}};
    if (git_oid_fromstr(&id, blob) == 0 &&
        git_blob_lookup(out, books->repo.git, &id) == 0) {
        return true;
    }
    if (hb_oids_has(&books->repo.lost, &id)) {
        return hb_error_set(err, HB_ECOMMIT,
                            "the bytes of this version were lost when the "
                            "history was damaged: what is left of it is in "
                            "%s" HB_REPO_DAMAGED "TIME",
                            books->repo.path);
    }
    return hb_repo_error(err, "a version cannot be read");
}

bool hb_read_source(struct hb_books *books, const char *module,
                    const char *commit, char **bytes, size_t *len,
                    struct hb_error *err)
{
    char blob[HB_OID_SIZE];
    git_blob *object = NULL;
    if (!hb_store_find(&books->repo, commit, module, blob, err) ||
        !read_blob(books, blob, &object, err)) {
        return false;
    }
    *len = (size_t)git_blob_rawsize(object);
    *bytes = hb_alloc(*len + 1);
    memcpy(*bytes, git_blob_rawcontent(object), *len);
    git_blob_free(object);
    return true;
}

/* The blob that the target was last given, and the one that was last live. */
static void last_blobs(struct hb_books *books, const char *target,
                       const char *module, char given[HB_OID_SIZE],
                       char live[HB_OID_SIZE])
{
    struct hb_chain chain;
    struct hb_deploy *deploy;
    given[0] = '\0';
    live[0] = '\0';
    hb_chain_begin(&chain, books, target, module);
    while (live[0] == '\0' && (deploy = hb_chain_next(&chain, false)) != NULL) {
        if (deploy->trigger != HB_TRIGGER_FOUND && given[0] == '\0') {
            memcpy(given, deploy->blob, HB_OID_SIZE);
        }
        if (deploy->outcome == HB_OUTCOME_DEPLOYED || deploy->live) {
            memcpy(live, deploy->blob, HB_OID_SIZE);
        }
        hb_deploy_free(deploy);
    }
}

static bool blob_of(struct hb_books *books, const char *target,
                    const char *module, const char *prefix,
                    char blob[HB_OID_SIZE], struct hb_error *err)
{
    char commit[HB_OID_SIZE];
    return hb_read_resolve(books, target, module, prefix, commit, err) &&
           hb_store_find(&books->repo, commit, module, blob, err);
}

bool hb_read_diff(struct hb_books *books, const char *target,
                  const char *module, const char *from, const char *to,
                  char **patch, size_t *len, struct hb_error *err)
{
    char given[HB_OID_SIZE];
    char old[HB_OID_SIZE];
    git_blob *before = NULL;
    git_blob *after = NULL;
    git_patch *made = NULL;
    git_buf text = {0};
    git_diff_options options;
    bool ok = false;
    git_diff_options_init(&options, GIT_DIFF_OPTIONS_VERSION);
    options.context_lines = CONTEXT;
    last_blobs(books, target, module, given, old);
    if (given[0] == '\0') {
        return hb_error_set(err, HB_ENOTHING, "%s was never deployed to %s",
                            module, target);
    }
    if (from != NULL && !blob_of(books, target, module, from, old, err)) {
        return false;
    }
    if (to != NULL && !blob_of(books, target, module, to, given, err)) {
        return false;
    }
    char *path = hb_format("services/%s", module);
    if ((old[0] != '\0' && !read_blob(books, old, &before, err)) ||
        !read_blob(books, given, &after, err)) {
        goto out;
    }
    if (strcmp(old, given) == 0) {
        *patch = hb_strdup("");
        *len = 0;
        ok = true;
        goto out;
    }
    if (git_patch_from_blobs(&made, before, path, after, path, &options) != 0 ||
        git_patch_to_buf(&text, made) != 0) {
        hb_repo_error(err, "the versions cannot be compared");
        goto out;
    }
    *len = text.size;
    *patch = hb_alloc(text.size + 1);
    memcpy(*patch, text.ptr, text.size);
    ok = true;
out:
    git_buf_dispose(&text);
    git_patch_free(made);
    git_blob_free(before);
    git_blob_free(after);
    free(path);
    return ok;
}
