#include "history/trees.h"

#include "base/alloc.h"
#include "history/repo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    const char *at; /* its mode */
    const char *name;
    const char *id; /* GIT_OID_RAWSZ bytes; what follows is the next entry */
    bool folder;
};

/* False where there is none, or none that is whole. */
static bool next_entry(const char *at, const char *end, struct entry *entry)
{
    const char *space = memchr(at, ' ', (size_t)(end - at));
    const char *stop =
        space == NULL ? NULL : memchr(space, '\0', (size_t)(end - space));
    if (stop == NULL || end - stop <= GIT_OID_RAWSZ) {
        return false;
    }
    *entry = (struct entry){.at = at, .name = space + 1, .id = stop + 1};
    entry->folder = strtol(at, NULL, 8) == GIT_FILEMODE_TREE;
    return true;
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

static void put(struct hb_buffer *out, const char *from, const char *to)
{
    hb_buffer_add(out, from, (size_t)(to - from));
}

bool hb_trees_set(struct hb_buffer *tree, git_filemode_t mode, const char *name,
                  const git_oid *id)
{
    const char *start = hb_buffer_text(tree);
    const char *end = start + tree->len;
    const char *place = NULL;   /* where it comes */
    const char *old = NULL;     /* what has its name so far */
    const char *old_end = NULL; /* and the entry behind that */
    bool folder = mode == GIT_FILEMODE_TREE;
    struct entry entry;
    const char *at = start;
    for (; at < end && next_entry(at, end, &entry);
         at = entry.id + GIT_OID_RAWSZ) {
        if (strcmp(entry.name, name) == 0) {
            old = entry.at;
            old_end = entry.id + GIT_OID_RAWSZ;
        } else if (place == NULL &&
                   compare(name, folder, entry.name, entry.folder) < 0) {
            place = entry.at;
        }
    }
    if (at != end) {
        return false;
    }
    place = place == NULL ? end : place;
    struct hb_buffer out = {0};
    const char *cut = old != NULL && old < place ? old : place;
    put(&out, start, cut);
    put(&out, cut == old ? old_end : cut, place);
    hb_buffer_print(&out, "%o %s", (unsigned)mode, name);
    hb_buffer_add(&out, "", 1);
    hb_buffer_add(&out, id->id, GIT_OID_RAWSZ);
    if (old != NULL && old >= place) {
        put(&out, place, old);
        place = old_end;
    }
    put(&out, place, end);
    hb_buffer_release(tree);
    *tree = out;
    return true;
}

/* The tree's bytes; nothing for an id of zeros. */
static bool read_tree(struct hb_repo *repo, const git_oid *id,
                      struct hb_buffer *tree)
{
    git_odb_object *object = NULL;
    if (git_oid_is_zero(id)) {
        return true;
    }
    bool ok = git_odb_read(&object, repo->odb, id) == 0 &&
              git_odb_object_type(object) == GIT_OBJECT_TREE &&
              hb_buffer_add(tree, git_odb_object_data(object),
                            git_odb_object_size(object));
    git_odb_object_free(object);
    return ok;
}

/* Zeros where there is none, or it is no folder. */
static void find_folder(const struct hb_buffer *tree, git_oid *id)
{
    const char *at = hb_buffer_text(tree);
    const char *end = at + tree->len;
    struct entry entry;
    memset(id, 0, sizeof *id);
    for (; next_entry(at, end, &entry); at = entry.id + GIT_OID_RAWSZ) {
        if (entry.folder && strcmp(entry.name, HB_TREES_FOLDER) == 0) {
            git_oid_fromraw(id, (const unsigned char *)entry.id);
        }
    }
}

bool hb_trees_read(struct hb_repo *repo, const char *commit,
                   struct hb_trees *trees, struct hb_error *err)
{
    git_oid id;
    git_commit *found = NULL;
    bool ok = git_oid_fromstr(&id, commit) == 0 &&
              git_commit_lookup(&found, repo->git, &id) == 0 &&
              read_tree(repo, git_commit_tree_id(found), &trees->root);
    if (ok) {
        find_folder(&trees->root, &id);
        ok = read_tree(repo, &id, &trees->services);
    }
    if (ok) {
        snprintf(trees->commit, sizeof trees->commit, "%s", commit);
    } else {
        hb_repo_error(err, "the last tree cannot be read");
        hb_trees_release(trees);
    }
    git_commit_free(found);
    return ok;
}

void hb_trees_release(struct hb_trees *trees)
{
    hb_buffer_release(&trees->root);
    hb_buffer_release(&trees->services);
    trees->commit[0] = '\0';
}
