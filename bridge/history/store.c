#include "history/store.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "history/loose.h"
#include "history/redo.h"
#include "history/ref.h"
#include "history/settle.h"

#include <assert.h>
#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void hb_batch_begin(struct hb_batch *batch, struct hb_repo *repo)
{
    *batch = (struct hb_batch){.repo = repo};
    hb_journal_begin(&batch->record);
}

void hb_batch_release(struct hb_batch *batch)
{
    hb_buffer_release(&batch->record);
    hb_trees_release(&batch->trees);
    *batch = (struct hb_batch){0};
}

/* ---- objects ---------------------------------------------------------- */

static bool is_kept(const struct hb_repo *repo, const git_oid *id)
{
    size_t count =
        repo->kept_count < HB_REPO_KEPT ? repo->kept_count : HB_REPO_KEPT;
    for (size_t i = 0; i < count; i++) {
        if (git_oid_equal(&repo->kept[i], id)) {
            return true;
        }
    }
    return false;
}

static bool store(struct hb_batch *batch, const void *bytes, size_t len,
                  git_object_t type, git_oid *id, struct hb_error *err)
{
    assert(batch->count < HB_BATCH_MAX);
    if (git_odb_hash(id, bytes, len, type) != 0) {
        return hb_repo_error(err, "an object has no id");
    }
    if (batch->goes_on && is_kept(batch->repo, id)) {
        return true;
    }
    struct hb_buffer packed = {0};
    bool ok = hb_loose_write(batch->repo, type, bytes, len, id, &packed, err);
    if (ok) {
        hb_redo_add_object(&batch->record, id, packed.data, packed.len);
        batch->objects[batch->count++] = *id;
    }
    hb_buffer_release(&packed);
    return ok;
}

bool hb_store_blob(struct hb_batch *batch, const void *bytes, size_t len,
                   git_oid *id, struct hb_error *err)
{
    return store(batch, bytes, len, GIT_OBJECT_BLOB, id, err);
}

/* The tree of a commit, or NULL where it cannot be read. */
static git_tree *tree_of(struct hb_repo *repo, const char *commit_name)
{
    git_oid id;
    git_commit *commit = NULL;
    git_tree *root = NULL;
    if (git_oid_fromstr(&id, commit_name) == 0 &&
        git_commit_lookup(&commit, repo->git, &id) == 0 &&
        git_commit_tree(&root, commit) != 0) {
        root = NULL;
    }
    git_commit_free(commit);
    return root;
}

/* On top of the newest commit nothing has to be read; whatever becomes of
 * this one, the next that is not kept reads again. */
static bool take_trees(struct hb_batch *batch, const char *base_commit,
                       struct hb_error *err)
{
    struct hb_trees *newest = &batch->repo->newest;
    hb_trees_release(&batch->trees);
    if (base_commit[0] == '\0') {
        return true;
    }
    if (strcmp(newest->commit, base_commit) != 0) {
        return hb_trees_read(batch->repo, base_commit, &batch->trees, err);
    }
    batch->trees = *newest;
    *newest = (struct hb_trees){0};
    return true;
}

/* The tree with that entry set. */
static bool store_tree(struct hb_batch *batch, struct hb_buffer *tree,
                       git_filemode_t mode, const char *name,
                       const git_oid *entry, git_oid *id, struct hb_error *err)
{
    if (!hb_trees_set(tree, mode, name, entry)) {
        return hb_repo_error(err, "the last tree is none");
    }
    return store(batch, tree->data, tree->len, GIT_OBJECT_TREE, id, err);
}

bool hb_store_tree(struct hb_batch *batch, const char *base_commit,
                   const char *module, const git_oid *blob, git_oid *id,
                   struct hb_error *err)
{
    git_oid folder;
    return take_trees(batch, base_commit, err) &&
           store_tree(batch, &batch->trees.services, GIT_FILEMODE_BLOB, module,
                      blob, &folder, err) &&
           store_tree(batch, &batch->trees.root, GIT_FILEMODE_TREE,
                      HB_TREES_FOLDER, &folder, id, err);
}

void hb_batch_keep(struct hb_batch *batch, const char *commit)
{
    hb_trees_release(&batch->repo->newest);
    batch->repo->newest = batch->trees;
    batch->trees = (struct hb_trees){0};
    memcpy(batch->repo->newest.commit, commit, HB_OID_SIZE);
}

/* By the repository's configuration, which libgit2 keeps read, and reads again
 * when a file of it has changed; it does not see a file that was made since. */
static bool sign(struct hb_repo *repo, git_signature **out)
{
    git_config *config = NULL;
    git_buf name = {0};
    git_buf email = {0};
    bool ok = git_repository_config(&config, repo->git) == 0 &&
              git_config_get_string_buf(&name, config, "user.name") == 0 &&
              git_config_get_string_buf(&email, config, "user.email") == 0 &&
              git_signature_now(out, name.ptr, email.ptr) == 0;
    git_buf_dispose(&name);
    git_buf_dispose(&email);
    git_config_free(config);
    return ok;
}

bool hb_store_signature(struct hb_repo *repo, git_signature **out,
                        struct hb_error *err)
{
    if (sign(repo, out)) {
        return true;
    }
    git_config *config = NULL;
    git_config *snapshot = NULL;
    const char *name = NULL;
    const char *email = NULL;
    bool ok = false;
    if (git_config_open_default(&config) == 0 &&
        git_config_snapshot(&snapshot, config) == 0 &&
        git_config_get_string(&name, snapshot, "user.name") == 0 &&
        git_config_get_string(&email, snapshot, "user.email") == 0) {
        ok = git_signature_now(out, name, email) == 0;
    }
    if (!ok) {
        char host[256] = "localhost";
        gethostname(host, sizeof host - 1);
        const char *user = getenv("USER");
        struct passwd *entry = getpwuid(getuid());
        if (user == NULL || user[0] == '\0') {
            user = entry == NULL ? "unknown" : entry->pw_name;
        }
        char *address = hb_format("%s@%s", user, host);
        ok = git_signature_now(out, user, address) == 0 ||
             hb_repo_error(err, "there is no author");
        free(address);
    }
    git_config_free(snapshot);
    git_config_free(config);
    return ok;
}

static void add_person(struct hb_buffer *text, const char *role,
                       const git_signature *who)
{
    int offset = who->when.offset < 0 ? -who->when.offset : who->when.offset;
    hb_buffer_print(text, "%s %s <%s> %lld %c%02d%02d\n", role, who->name,
                    who->email, (long long)who->when.time,
                    who->when.offset < 0 ? '-' : '+', offset / 60, offset % 60);
}

bool hb_store_commit(struct hb_batch *batch, const char *message,
                     const git_oid *tree, const char *parent,
                     char commit[HB_OID_SIZE], struct hb_error *err)
{
    git_signature *author = NULL;
    git_commit *before = NULL;
    struct hb_buffer text = {0};
    char name[HB_OID_SIZE];
    git_oid id;
    if (!hb_store_signature(batch->repo, &author, err)) {
        return false;
    }
    /* Read even when its trees are known: on a commit that was lost meanwhile
     * nothing is built, so that what came before it stays in reach. */
    bool ok = parent[0] == '\0' ||
              (git_oid_fromstr(&id, parent) == 0 &&
               git_commit_lookup(&before, batch->repo->git, &id) == 0) ||
              hb_repo_error(err, "the commit before cannot be read");
    git_oid_tostr(name, sizeof name, tree);
    hb_buffer_print(&text, "tree %s\n", name);
    if (parent[0] != '\0') {
        hb_buffer_print(&text, "parent %s\n", parent);
    }
    add_person(&text, "author", author);
    add_person(&text, "committer", author);
    hb_buffer_print(&text, "encoding UTF-8\n\n%s", message);
    ok = ok && store(batch, text.data, text.len, GIT_OBJECT_COMMIT, &id, err);
    if (ok) {
        git_oid_tostr(commit, HB_OID_SIZE, &id);
    }
    hb_buffer_release(&text);
    git_commit_free(before);
    git_signature_free(author);
    return ok;
}

/* ---- refs ------------------------------------------------------------- */

static void keep(const struct hb_batch *batch, const char *ref)
{
    struct hb_repo *repo = batch->repo;
    for (size_t i = 0; i < batch->count; i++) {
        repo->kept[repo->kept_count++ % HB_REPO_KEPT] = batch->objects[i];
        hb_settle_add_object(repo, &batch->objects[i]);
    }
    hb_settle_add_ref(repo, ref);
}

bool hb_store_ref(struct hb_batch *batch, const char *ref, const char *old,
                  const char *commit, struct hb_error *err)
{
    struct hb_repo *repo = batch->repo;
    struct hb_ref_move move;
    if (!hb_settle_open(repo, err)) {
        return false;
    }
    if (repo->behind) {
        return hb_error_set(err, HB_EHISTORY,
                            "the history has just got what its journal had: "
                            "nothing is lost, try again");
    }
    if (!hb_ref_begin(&move, repo, ref, old, commit, err)) {
        return false;
    }
    bool journal = repo->journal.fd >= 0;
    hb_redo_add_move(&batch->record, ref, old, commit, batch->ends);
    if (journal && !hb_journal_add(&repo->journal, &batch->record, err)) {
        hb_ref_give_up(&move);
        return false;
    }
    if (!hb_ref_finish(&move, err)) {
        if (journal) {
            hb_journal_take_back(&repo->journal);
        }
        return false;
    }
    keep(batch, ref);
    return true;
}

bool hb_store_find(struct hb_repo *repo, const char *commit, const char *module,
                   char blob[HB_OID_SIZE], struct hb_error *err)
{
    blob[0] = '\0';
    if (commit[0] == '\0') {
        return true;
    }
    git_tree *root = tree_of(repo, commit);
    if (root == NULL) {
        return hb_repo_error(err, "a commit cannot be read");
    }
    git_tree_entry *entry = NULL;
    char *path = hb_format(HB_TREES_FOLDER "/%s", module);
    if (git_tree_entry_bypath(&entry, root, path) == 0 &&
        git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
        git_oid_tostr(blob, HB_OID_SIZE, git_tree_entry_id(entry));
    }
    git_tree_entry_free(entry);
    git_tree_free(root);
    free(path);
    return true;
}
