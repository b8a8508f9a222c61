#include "history/heal.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "history/check.h"
#include "history/objects.h"
#include "history/redo.h"
#include "history/run_git.h"
#include "history/settle.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "heal"
#include "base/log.h"

/* Largest loose object that is copied where no link can be made. */
#define COPY_MAX (1u << 30)

/* A link costs nothing, and objects are never written again. What can be read
 * and not be written is no damage: the whole is given up. */
static bool take_file(struct hb_heal *heal, const char *from, const char *to)
{
    char *bytes = NULL;
    size_t len = 0;
    if (link(from, to) == 0 || errno == EEXIST) {
        return true;
    }
    bool ok = hb_file_read(from, COPY_MAX, &bytes, &len, NULL) &&
              hb_file_replace(to, bytes, len, 0444, false, &heal->unwritten);
    free(bytes);
    return ok;
}

static void take_object(struct hb_heal *heal, const char *folder,
                        const char *name)
{
    char hex[HB_OID_SIZE + 1];
    git_oid id;
    git_odb_object *object = NULL;
    if (snprintf(hex, sizeof hex, "%s%s", folder, name) != HB_OID_SIZE - 1 ||
        git_oid_fromstr(&id, hex) != 0) {
        return; /* not an object */
    }
    char *from = hb_format("%s/objects/%s/%s", heal->from, folder, name);
    char *to = hb_format("%s/objects/%s/%s", heal->repo->path, folder, name);
    if (take_file(heal, from, to) &&
        git_odb_read(&object, heal->odb, &id) == 0) {
        heal->objects++;
    } else {
        unlink(to);
        heal->bad++;
    }
    git_odb_object_free(object);
    free(from);
    free(to);
}

static void take_loose(struct hb_heal *heal)
{
    char *objects = hb_path_join(heal->from, "objects");
    if (access(objects, R_OK | X_OK) != 0) {
        LOG_WARN("%s cannot be read: %s", objects, strerror(errno));
        heal->bad++;
        free(objects);
        return;
    }
    free(objects);
    for (unsigned i = 0; i < 256; i++) {
        char folder[3];
        snprintf(folder, sizeof folder, "%02x", i);
        char *path = hb_format("%s/objects/%s", heal->from, folder);
        DIR *dir = opendir(path);
        if (dir != NULL) {
            for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
                take_object(heal, folder, entry->d_name);
            }
            closedir(dir);
        } else if (errno != ENOENT) {
            LOG_WARN("%s cannot be read: %s", path, strerror(errno));
            heal->bad++;
        }
        free(path);
    }
}

/* Without git, an index that is as it was written will do. */
static bool take_index(struct hb_heal *heal, const char *from, const char *to)
{
    size_t len = strlen(from) - strlen(".pack");
    size_t to_len = strlen(to) - strlen(".pack");
    char *index = hb_format("%.*s.idx", (int)len, from);
    char *new_index = hb_format("%.*s.idx", (int)to_len, to);
    bool ok = hb_check_pack_file(from) && hb_check_pack_file(index) &&
              take_file(heal, index, new_index);
    free(new_index);
    free(index);
    return ok;
}

/* A pack whose index is damaged, or gone, gets a new one; of a pack that is
 * damaged itself, git takes out what it can. */
static void take_pack(struct hb_heal *heal, const char *name)
{
    char *from = hb_format("%s/objects/pack/%s", heal->from, name);
    char *to = hb_format("%s/objects/pack/%s", heal->repo->path, name);
    const char *const index[] = {"index-pack", to, NULL};
    const char *const unpack[] = {"unpack-objects", "-r", "-q", NULL};
    if (!take_file(heal, from, to) ||
        (!hb_git_run(heal->repo->path, NULL, index) &&
         !take_index(heal, from, to))) {
        unlink(to);
        heal->packs++;
        if (!hb_git_run(heal->repo->path, from, unpack)) {
            LOG_WARN("not all of %s could be taken over", name);
        }
    }
    free(from);
    free(to);
}

static void take_packs(struct hb_heal *heal)
{
    char *path = hb_path_join(heal->from, "objects/pack");
    DIR *dir = opendir(path);
    if (dir == NULL) {
        LOG_WARN("%s cannot be read: %s", path, strerror(errno));
    } else {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            size_t len = strlen(entry->d_name);
            if (strncmp(entry->d_name, "pack-", 5) == 0 && len > 5 &&
                strcmp(entry->d_name + len - 5, ".pack") == 0) {
                take_pack(heal, entry->d_name);
            }
        }
        closedir(dir);
    }
    free(path);
}

/* ---- what is missing now ---------------------------------------------- */

struct gaps {
    struct hb_oids all;
    struct hb_oids lost;
    struct hb_oids edge; /* commits whose parent is gone */
};

static void note(struct gaps *gaps, const git_oid *id)
{
    if (!hb_oids_has(&gaps->all, id)) {
        hb_oids_add(&gaps->lost, id);
    }
}

static void look_at(struct gaps *gaps, git_repository *git, const git_oid *id,
                    git_object_t type)
{
    git_object *object = NULL;
    if ((type != GIT_OBJECT_COMMIT && type != GIT_OBJECT_TREE) ||
        git_object_lookup(&object, git, id, type) != 0) {
        return;
    }
    if (type == GIT_OBJECT_COMMIT) {
        const git_commit *commit = (const git_commit *)object;
        note(gaps, git_commit_tree_id(commit));
        for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
            const git_oid *parent = git_commit_parent_id(commit, i);
            if (!hb_oids_has(&gaps->all, parent)) {
                hb_oids_add(&gaps->lost, parent);
                hb_oids_add(&gaps->edge, id);
            }
        }
        git_oid attempt;
        if (hb_objects_attempt(commit, &attempt)) {
            note(gaps, &attempt);
        }
    } else {
        const git_tree *tree = (const git_tree *)object;
        for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
            note(gaps, git_tree_entry_id(git_tree_entry_byindex(tree, i)));
        }
    }
    git_object_free(object);
}

/* What is known to be gone is no damage again; git stops at a commit that
 * stands in `shallow` and does not miss what came before it. */
static bool write_gaps(struct hb_heal *heal, struct hb_error *err)
{
    struct gaps gaps = {0};
    bool ok = hb_oids_of(&gaps.all, heal->odb) ||
              hb_repo_error(err, "its objects cannot be listed");
    for (size_t i = 0; ok && i < gaps.all.count; i++) {
        size_t len;
        git_object_t type;
        if (git_odb_read_header(&len, &type, heal->odb, &gaps.all.items[i]) ==
            0) {
            look_at(&gaps, heal->repo->git, &gaps.all.items[i], type);
        }
    }
    hb_oids_sort(&gaps.lost);
    hb_oids_sort(&gaps.edge);
    heal->lost = gaps.lost.count;
    char *lost = hb_path_join(heal->repo->path, HB_CHECK_LOST);
    char *edge = hb_path_join(heal->repo->path, "shallow");
    ok = ok && (gaps.lost.count == 0 || hb_oids_save(&gaps.lost, lost, err)) &&
         (gaps.edge.count == 0 || hb_oids_save(&gaps.edge, edge, err));
    free(lost);
    free(edge);
    hb_oids_release(&gaps.all);
    hb_oids_release(&gaps.lost);
    hb_oids_release(&gaps.edge);
    return ok;
}

/* The damaged one's: what could not be brought in there, is here. */
static void open_journal(struct hb_heal *heal)
{
    struct hb_error err = {0};
    char *path = hb_path_join(heal->from, HB_JOURNAL);
    if (access(path, F_OK) == 0 &&
        !hb_journal_open(&heal->repo->journal, path, &err)) {
        LOG_WARN("%s", err.message);
    }
    free(path);
}

/* It stays with the damaged one; what came of it is flushed with the rest. */
static void close_journal(struct hb_heal *heal)
{
    hb_settle_release(heal->repo);
    hb_journal_close(&heal->repo->journal);
}

bool hb_heal(struct hb_heal *heal, struct hb_error *err)
{
    if (git_repository_odb(&heal->odb, heal->repo->git) != 0) {
        return hb_repo_error(err, "its objects cannot be opened");
    }
    take_loose(heal);
    take_packs(heal);
    open_journal(heal);
    bool journal = heal->repo->journal.fd >= 0;
    bool ok =
        heal->unwritten.code == HB_OK ||
        hb_error_set(err, heal->unwritten.code, "%s", heal->unwritten.message);
    ok = ok && (!journal || hb_redo_objects(heal->repo, false, err));
    git_odb_refresh(heal->odb);
    ok = ok && write_gaps(heal, err) && hb_heal_refs(heal, err) &&
         (!journal || hb_redo_refs(heal->repo, false, err));
    close_journal(heal);
    git_odb_free(heal->odb);
    heal->odb = NULL;
    /* Once, and nobody's deploy waits for anything else meanwhile. */
    if (ok && syncfs(heal->repo->lock) != 0) {
        ok = hb_error_errno(err, HB_EHISTORY, errno, "cannot flush %s",
                            heal->repo->path);
    }
    return ok;
}
