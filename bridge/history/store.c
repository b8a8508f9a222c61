#include "history/store.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"
#include "history/ref.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "services"

void hb_batch_begin(struct hb_batch *batch, struct hb_repo *repo)
{
    *batch = (struct hb_batch){.repo = repo};
}

void hb_batch_release(struct hb_batch *batch)
{
    free(batch->ids);
    *batch = (struct hb_batch){0};
}

/* ---- objects ---------------------------------------------------------- */

static char *loose_path(const struct hb_repo *repo, const char *id)
{
    return hb_format("%s/objects/%.2s/%s", repo->path, id, id + 2);
}

static bool reads_back(struct hb_repo *repo, const git_oid *id)
{
    git_odb_object *object = NULL;
    bool ok = git_odb_read(&object, repo->odb, id) == 0;
    git_odb_object_free(object);
    return ok;
}

static bool store(struct hb_batch *batch, const void *bytes, size_t len,
                  git_object_t type, git_oid *id, struct hb_error *err)
{
    struct hb_repo *repo = batch->repo;
    char name[HB_OID_SIZE];
    if (git_odb_hash(id, bytes, len, type) != 0) {
        return hb_repo_error(err, "an object has no id");
    }
    git_oid_tostr(name, sizeof name, id);
    char *path = loose_path(repo, name);
    bool ok = git_odb_write(id, repo->odb, bytes, len, type) == 0;
    if (ok && !reads_back(repo, id)) {
        unlink(path); /* torn by an earlier end: written anew */
        ok = git_odb_write(id, repo->odb, bytes, len, type) == 0 &&
             reads_back(repo, id);
    }
    free(path);
    if (!ok) {
        return hb_repo_error(err, "an object cannot be written");
    }
    batch->ids =
        hb_realloc_array(batch->ids, batch->count + 1, sizeof *batch->ids);
    memcpy(batch->ids[batch->count++], name, sizeof name);
    return true;
}

bool hb_store_blob(struct hb_batch *batch, const void *bytes, size_t len,
                   git_oid *id, struct hb_error *err)
{
    return store(batch, bytes, len, GIT_OBJECT_BLOB, id, err);
}

/* Both trees are small and written through the same door as the rest. */
static bool store_tree(struct hb_batch *batch, git_treebuilder *builder,
                       git_oid *id, struct hb_error *err)
{
    git_tree *tree = NULL;
    char name[HB_OID_SIZE];
    if (git_treebuilder_write(id, builder) != 0) {
        return hb_repo_error(err, "a tree cannot be written");
    }
    git_oid_tostr(name, sizeof name, id);
    if (!reads_back(batch->repo, id)) {
        char *path = loose_path(batch->repo, name);
        unlink(path);
        free(path);
        if (git_treebuilder_write(id, builder) != 0 ||
            git_tree_lookup(&tree, batch->repo->git, id) != 0) {
            return hb_repo_error(err, "a tree cannot be written");
        }
        git_tree_free(tree);
    }
    batch->ids =
        hb_realloc_array(batch->ids, batch->count + 1, sizeof *batch->ids);
    memcpy(batch->ids[batch->count++], name, sizeof name);
    return true;
}

/* The tree at `path` of a commit, or NULL where there is none. */
static git_tree *tree_of(struct hb_repo *repo, const char *commit_name,
                         const char *path)
{
    git_oid id;
    git_commit *commit = NULL;
    git_tree *root = NULL;
    git_tree *found = NULL;
    git_tree_entry *entry = NULL;
    if (commit_name[0] == '\0' || git_oid_fromstr(&id, commit_name) != 0 ||
        git_commit_lookup(&commit, repo->git, &id) != 0 ||
        git_commit_tree(&root, commit) != 0) {
        goto out;
    }
    if (path == NULL) {
        found = root;
        root = NULL;
    } else if (git_tree_entry_bypath(&entry, root, path) == 0 &&
               git_tree_entry_type(entry) == GIT_OBJECT_TREE &&
               git_tree_lookup(&found, repo->git, git_tree_entry_id(entry)) !=
                   0) {
        found = NULL;
    }
out:
    git_tree_entry_free(entry);
    git_tree_free(root);
    git_commit_free(commit);
    return found;
}

bool hb_store_tree(struct hb_batch *batch, const char *base_commit,
                   const char *module, const git_oid *blob, git_oid *id,
                   struct hb_error *err)
{
    git_repository *git = batch->repo->git;
    git_tree *root = tree_of(batch->repo, base_commit, NULL);
    git_tree *services = tree_of(batch->repo, base_commit, FOLDER);
    git_treebuilder *inner = NULL;
    git_treebuilder *outer = NULL;
    git_oid folder;
    bool ok = false;
    if (base_commit[0] != '\0' && root == NULL) {
        hb_repo_error(err, "the last tree cannot be read");
        goto out;
    }
    if (git_treebuilder_new(&inner, git, services) != 0 ||
        git_treebuilder_insert(NULL, inner, module, blob, GIT_FILEMODE_BLOB) !=
            0 ||
        git_treebuilder_new(&outer, git, root) != 0) {
        hb_repo_error(err, "a tree cannot be made");
        goto out;
    }
    if (!store_tree(batch, inner, &folder, err)) {
        goto out;
    }
    if (git_treebuilder_insert(NULL, outer, FOLDER, &folder,
                               GIT_FILEMODE_TREE) != 0) {
        hb_repo_error(err, "a tree cannot be made");
        goto out;
    }
    ok = store_tree(batch, outer, id, err);
out:
    git_treebuilder_free(inner);
    git_treebuilder_free(outer);
    git_tree_free(services);
    git_tree_free(root);
    return ok;
}

bool hb_store_signature(git_signature **out, struct hb_error *err)
{
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

bool hb_store_commit(struct hb_batch *batch, const char *message,
                     const git_oid *tree, const char *parent,
                     char commit[HB_OID_SIZE], struct hb_error *err)
{
    git_signature *author = NULL;
    git_buf text = {0};
    git_oid id;
    bool ok = false;
    git_tree *object = NULL;
    git_commit *before = NULL;
    git_oid before_id;
    if (!hb_store_signature(&author, err)) {
        return false;
    }
    if (git_tree_lookup(&object, batch->repo->git, tree) != 0 ||
        (parent[0] != '\0' &&
         (git_oid_fromstr(&before_id, parent) != 0 ||
          git_commit_lookup(&before, batch->repo->git, &before_id) != 0))) {
        hb_repo_error(err, "the commit before cannot be read");
        goto out;
    }
    const git_commit *parents[1] = {before};
    if (git_commit_create_buffer(&text, batch->repo->git, author, author,
                                 "UTF-8", message, object,
                                 before == NULL ? 0 : 1, parents) != 0) {
        hb_repo_error(err, "a commit cannot be made");
        goto out;
    }
    ok = store(batch, text.ptr, text.size, GIT_OBJECT_COMMIT, &id, err);
    git_oid_tostr(commit, HB_OID_SIZE, &id);
out:
    git_buf_dispose(&text);
    git_commit_free(before);
    git_tree_free(object);
    git_signature_free(author);
    return ok;
}

/* ---- refs ------------------------------------------------------------- */

/* With ordered disks libgit2 flushes nothing: the objects' data are written
 * back here, and the flush of the ref that follows commits them all. What is
 * in a pack by now needs nothing. */
static bool write_back(struct hb_batch *batch, struct hb_error *err)
{
    bool ok = true;
    /* All are started before the first is waited for. */
    for (int wait = 0; ok && batch->repo->ordered && wait < 2; wait++) {
        for (size_t i = 0; ok && i < batch->count; i++) {
            char *path = loose_path(batch->repo, batch->ids[i]);
            ok = access(path, F_OK) != 0 ||
                 hb_disk_write_back(path, wait == 1, err);
            free(path);
        }
    }
    return ok;
}

bool hb_store_ref(struct hb_batch *batch, const char *ref, const char *old,
                  const char *commit, struct hb_error *err)
{
    return write_back(batch, err) &&
           hb_ref_move(batch->repo, ref, old, commit, err);
}

bool hb_store_drop_ref(struct hb_repo *repo, const char *ref,
                       struct hb_error *err)
{
    int code = git_reference_remove(repo->git, ref);
    return code == 0 || code == GIT_ENOTFOUND ||
           hb_repo_error(err, "a ref cannot be removed");
}

bool hb_store_find(struct hb_repo *repo, const char *commit, const char *module,
                   char blob[HB_OID_SIZE], struct hb_error *err)
{
    blob[0] = '\0';
    if (commit[0] == '\0') {
        return true;
    }
    git_tree *root = tree_of(repo, commit, NULL);
    if (root == NULL) {
        return hb_repo_error(err, "a commit cannot be read");
    }
    git_tree_entry *entry = NULL;
    char *path = hb_format(FOLDER "/%s", module);
    if (git_tree_entry_bypath(&entry, root, path) == 0 &&
        git_tree_entry_type(entry) == GIT_OBJECT_BLOB) {
        git_oid_tostr(blob, HB_OID_SIZE, git_tree_entry_id(entry));
    }
    git_tree_entry_free(entry);
    git_tree_free(root);
    free(path);
    return true;
}
