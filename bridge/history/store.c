#include "history/store.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/disk.h"
#include "history/loose.h"
#include "history/ref.h"

#include <assert.h>
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
    for (size_t i = 0; i < batch->count; i++) {
        close(batch->files[i].fd);
    }
    *batch = (struct hb_batch){0};
}

/* ---- objects ---------------------------------------------------------- */

static bool store(struct hb_batch *batch, const void *bytes, size_t len,
                  git_object_t type, git_oid *id, struct hb_error *err)
{
    assert(batch->count < HB_BATCH_MAX);
    struct hb_batch_file *file = &batch->files[batch->count];
    if (!hb_loose_write(batch->repo, type, bytes, len, id, &file->fd, err)) {
        return false;
    }
    file->id = *id;
    batch->count++;
    return true;
}

bool hb_store_blob(struct hb_batch *batch, const void *bytes, size_t len,
                   git_oid *id, struct hb_error *err)
{
    return store(batch, bytes, len, GIT_OBJECT_BLOB, id, err);
}

/* Git's order of names: a folder's counts as if it ended in a slash. */
static int compare(const char *a, bool a_folder, const char *b, bool b_folder)
{
    size_t a_len = strlen(a);
    size_t b_len = strlen(b);
    size_t len = a_len < b_len ? a_len : b_len;
    int order = memcmp(a, b, len);
    if (order != 0) {
        return order;
    }
    unsigned char a_end = (unsigned char)a[len];
    unsigned char b_end = (unsigned char)b[len];
    a_end = a_end == 0 && a_folder ? '/' : a_end;
    b_end = b_end == 0 && b_folder ? '/' : b_end;
    return a_end - b_end;
}

static void add_entry(struct hb_buffer *out, git_filemode_t mode,
                      const char *name, const git_oid *id)
{
    hb_buffer_print(out, "%o %s", (unsigned)mode, name);
    hb_buffer_add(out, "", 1);
    hb_buffer_add(out, id->id, GIT_OID_RAWSZ);
}

/* The old tree (or none) with that entry set. */
static bool store_tree(struct hb_batch *batch, const git_tree *old,
                       git_filemode_t mode, const char *name,
                       const git_oid *entry_id, git_oid *id,
                       struct hb_error *err)
{
    struct hb_buffer out = {0};
    bool folder = mode == GIT_FILEMODE_TREE;
    bool placed = false;
    size_t count = old == NULL ? 0 : git_tree_entrycount(old);
    for (size_t i = 0; i < count; i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(old, i);
        const char *other = git_tree_entry_name(entry);
        git_filemode_t other_mode = git_tree_entry_filemode_raw(entry);
        if (strcmp(other, name) == 0) {
            continue;
        }
        if (!placed &&
            compare(name, folder, other, other_mode == GIT_FILEMODE_TREE) < 0) {
            add_entry(&out, mode, name, entry_id);
            placed = true;
        }
        add_entry(&out, other_mode, other, git_tree_entry_id(entry));
    }
    if (!placed) {
        add_entry(&out, mode, name, entry_id);
    }
    bool ok =
        store(batch, hb_buffer_text(&out), out.len, GIT_OBJECT_TREE, id, err);
    hb_buffer_release(&out);
    return ok;
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
    git_tree *root = tree_of(batch->repo, base_commit, NULL);
    git_tree *services = tree_of(batch->repo, base_commit, FOLDER);
    git_oid folder;
    bool ok =
        (base_commit[0] == '\0' || root != NULL ||
         hb_repo_error(err, "the last tree cannot be read")) &&
        store_tree(batch, services, GIT_FILEMODE_BLOB, module, blob, &folder,
                   err) &&
        store_tree(batch, root, GIT_FILEMODE_TREE, FOLDER, &folder, id, err);
    git_tree_free(services);
    git_tree_free(root);
    return ok;
}

bool hb_store_signature(struct hb_repo *repo, git_signature **out,
                        struct hb_error *err)
{
    /* The repository keeps its configuration read; it does not see a file
     * that was made since. */
    if (git_signature_default(out, repo->git) == 0) {
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

/* On an ordered disk the flush of the ref brings their names there too. */
static bool flush_folder(const struct hb_batch *batch, const git_oid *id,
                         struct hb_error *err)
{
    char name[HB_OID_SIZE];
    git_oid_tostr(name, sizeof name, id);
    char *folder = hb_format("%s/objects/%.2s", batch->repo->path, name);
    bool ok = batch->repo->ordered || hb_disk_flush(folder, err);
    free(folder);
    return ok;
}

static bool settle(const struct hb_batch *batch, struct hb_error *err)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct hb_batch_file *file = &batch->files[i];
        if (!hb_disk_wait(batch->repo->ordered, file->fd)) {
            return hb_repo_errno(err, errno,
                                 "an object cannot be brought to the disk");
        }
        if (!flush_folder(batch, &file->id, err)) {
            return false;
        }
    }
    return true;
}

bool hb_store_ref(struct hb_batch *batch, const char *ref, const char *old,
                  const char *commit, struct hb_error *err)
{
    return settle(batch, err) &&
           hb_ref_move(batch->repo, ref, old, commit, err);
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
