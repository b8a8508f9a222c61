#include "history/repo.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/paths.h"
#include "history/disk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* libgit2's object cache, in bytes; its own limit grows to hundreds of MB. */
#define CACHE_BYTES (512 * 1024)
/* How libgit2 calls an object that it is writing. */
#define REST "tmp_object_git2_"
/* How deep folders of refs are searched for left-over locks. */
#define LOCK_DEPTH 8

bool hb_repo_error(struct hb_error *err, const char *what)
{
    const git_error *last = git_error_last();
    return hb_error_set(err, HB_EHISTORY,
                        "the history: %s: %s; nothing is lost, see to disk "
                        "space and permissions and try again",
                        what, last == NULL ? "no reason given" : last->message);
}

char *hb_repo_branch(const char *target)
{
    return hb_format(HB_REF_BRANCH "%s", target);
}

char *hb_repo_undelivered(const char *target)
{
    return hb_format(HB_REF_UNDELIVERED "%s", target);
}

/* A killed bridge leaves NAME.lock files, which would stop every later write.
 * Only the owner of the repository's flock may remove them. */
static void clear_locks(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (entry->d_name[0] == '.') {
            continue;
        }
        if (len > 5 && strcmp(entry->d_name + len - 5, ".lock") == 0) {
            unlinkat(dirfd(dir), entry->d_name, 0);
        } else if (entry->d_type == DT_DIR && depth > 0 &&
                   strcmp(entry->d_name, "objects") != 0) {
            char *below = hb_path_join(folder, entry->d_name);
            clear_locks(below, depth - 1);
            free(below);
        }
    }
    closedir(dir);
}

/* And files of objects that were not whole yet. */
static void clear_rests(const struct hb_repo *repo)
{
    char *folder = hb_path_join(repo->path, "objects");
    DIR *dir = opendir(folder);
    if (dir != NULL) {
        for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
            if (strncmp(entry->d_name, REST, strlen(REST)) == 0) {
                unlinkat(dirfd(dir), entry->d_name, 0);
            }
        }
        closedir(dir);
    }
    free(folder);
}

static bool take_lock(struct hb_repo *repo, struct hb_error *err)
{
    repo->lock = open(repo->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (repo->lock < 0) {
        return hb_error_errno(err, HB_EHISTORY, errno,
                              "cannot open the history %s", repo->path);
    }
    if (flock(repo->lock, LOCK_EX | LOCK_NB) != 0) {
        hb_error_errno(err, HB_EHISTORY, errno,
                       "the history %s is in use by another program",
                       repo->path);
        close(repo->lock);
        repo->lock = -1;
        return false;
    }
    return true;
}

static bool set_config(git_repository *git)
{
    git_config *config = NULL;
    bool ok = git_repository_config(&config, git) == 0 &&
              git_config_set_int32(config, "core.looseCompression", 1) == 0 &&
              git_config_set_int32(config, "core.compression", 1) == 0 &&
              git_config_set_int32(config, "gc.auto", 0) == 0 &&
              git_config_set_bool(config, "core.logAllRefUpdates", 0) == 0;
    git_config_free(config);
    return ok;
}

/* The 256 folders of loose objects, so that none is made while a save waits. */
static bool make_fan_out(const char *path, struct hb_error *err)
{
    for (int i = 0; i < 256; i++) {
        char *folder = hb_format("%s/objects/%02x", path, (unsigned)i);
        bool ok = mkdir(folder, 0777) == 0 || errno == EEXIST;
        int failure = errno;
        free(folder);
        if (!ok) {
            return hb_error_errno(err, HB_EHISTORY, failure,
                                  "cannot make folders in %s", path);
        }
    }
    return true;
}

static bool create(struct hb_repo *repo, struct hb_error *err)
{
    git_repository_init_options options;
    git_repository_init_options_init(&options,
                                     GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    options.description = "what hotbridge has deployed; one branch a target";
    if (git_repository_init_ext(&repo->git, repo->path, &options) != 0) {
        return hb_repo_error(err, "it cannot be made");
    }
    return make_fan_out(repo->path, err);
}

/* ---- damage ----------------------------------------------------------- */

static bool tree_is_whole(git_repository *git, const git_tree *tree)
{
    for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        git_object *object = NULL;
        bool ok = git_tree_entry_to_object(&object, git, entry) == 0;
        if (ok && git_object_type(object) == GIT_OBJECT_TREE) {
            ok = tree_is_whole(git, (git_tree *)object);
        }
        git_object_free(object);
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool tip_is_whole(git_repository *git, const git_oid *id)
{
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    bool ok = git_commit_lookup(&commit, git, id) == 0 &&
              git_commit_tree(&tree, commit) == 0 && tree_is_whole(git, tree);
    git_tree_free(tree);
    git_commit_free(commit);
    return ok;
}

/* A pending ref that cannot be followed was never acknowledged: it goes. A
 * branch that cannot is damage. */
static bool refs_are_whole(git_repository *git)
{
    git_strarray names = {0};
    bool ok = git_reference_list(&names, git) == 0;
    for (size_t i = 0; ok && i < names.count; i++) {
        git_oid id;
        bool whole =
            git_reference_name_to_id(&id, git, names.strings[i]) == 0 &&
            tip_is_whole(git, &id);
        if (whole) {
            continue;
        }
        if (strncmp(names.strings[i], HB_REF_PENDING, strlen(HB_REF_PENDING)) ==
            0) {
            char *path =
                hb_path_join(git_repository_path(git), names.strings[i]);
            unlink(path);
            free(path);
        } else {
            ok = false;
        }
    }
    git_strarray_dispose(&names);
    return ok;
}

static bool open_whole(struct hb_repo *repo)
{
    if (git_repository_open_bare(&repo->git, repo->path) != 0) {
        return false;
    }
    if (refs_are_whole(repo->git) && set_config(repo->git)) {
        return true;
    }
    git_repository_free(repo->git);
    repo->git = NULL;
    return false;
}

static bool set_aside(struct hb_repo *repo, char **notice, struct hb_error *err)
{
    char *aside = hb_format("%s.damaged-%lld", repo->path,
                            (long long)(hb_clock_wall() / 1000));
    bool ok = rename(repo->path, aside) == 0;
    if (ok) {
        *notice = hb_format("the history was damaged and is set aside as %s; "
                            "a new one begins (git fsck there tells what is "
                            "left)",
                            aside);
    } else {
        hb_error_errno(err, HB_EHISTORY, errno,
                       "the history %s is damaged and cannot be moved aside",
                       repo->path);
    }
    free(aside);
    return ok;
}

/* ---- open and close --------------------------------------------------- */

static bool open_or_make(struct hb_repo *repo, char **notice,
                         struct hb_error *err)
{
    struct stat st;
    bool there = stat(repo->path, &st) == 0;
    if (there) {
        if (!take_lock(repo, err)) {
            return false;
        }
        clear_locks(repo->path, LOCK_DEPTH);
        clear_rests(repo);
        if (open_whole(repo)) {
            return true;
        }
        if (access(repo->path, W_OK) != 0) {
            return hb_error_errno(err, HB_EHISTORY, errno,
                                  "the history %s cannot be written",
                                  repo->path);
        }
        close(repo->lock);
        repo->lock = -1;
        if (!set_aside(repo, notice, err)) {
            return false;
        }
    }
    if (!create(repo, err) || !take_lock(repo, err)) {
        return false;
    }
    return set_config(repo->git) ||
           hb_repo_error(err, "its settings cannot be written");
}

bool hb_repo_open(struct hb_repo *repo, const char *path, char **notice,
                  struct hb_error *err)
{
    char *parent = hb_strdup(path);
    char *slash = strrchr(parent, '/');
    *repo = (struct hb_repo){.lock = -1, .path = hb_strdup(path)};
    *notice = NULL;
    if (slash != NULL && slash != parent) {
        *slash = '\0';
        hb_path_make(parent, 0700, NULL); /* what fails is told below */
    }
    repo->ordered = hb_disk_is_ordered(parent);
    free(parent);
    repo->flush_all = !repo->ordered;
    /* Before the repository is opened: later it silently skips refs. */
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, repo->flush_all);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
    if (!open_or_make(repo, notice, err)) {
        hb_repo_release(repo);
        return false;
    }
    if (git_repository_odb(&repo->odb, repo->git) != 0) {
        hb_repo_error(err, "its objects cannot be opened");
        hb_repo_release(repo);
        return false;
    }
    return true;
}

void hb_repo_release(struct hb_repo *repo)
{
    git_odb_free(repo->odb);
    git_repository_free(repo->git);
    if (repo->lock >= 0) {
        close(repo->lock);
    }
    free(repo->path);
    *repo = (struct hb_repo){.lock = -1};
}

bool hb_repo_set_head(struct hb_repo *repo, const char *target,
                      struct hb_error *err)
{
    char *branch = hb_repo_branch(target);
    git_reference *head = NULL;
    bool same = git_reference_lookup(&head, repo->git, "HEAD") == 0 &&
                git_reference_symbolic_target(head) != NULL &&
                strcmp(git_reference_symbolic_target(head), branch) == 0;
    git_reference_free(head);
    bool ok = same || git_repository_set_head(repo->git, branch) == 0 ||
              hb_repo_error(err, "HEAD cannot be set");
    free(branch);
    return ok;
}

bool hb_repo_tip(struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE], struct hb_error *err)
{
    git_oid id;
    int code = git_reference_name_to_id(&id, repo->git, ref);
    commit[0] = '\0';
    if (code == GIT_ENOTFOUND) {
        return true;
    }
    if (code != 0) {
        return hb_repo_error(err, "a branch cannot be read");
    }
    git_oid_tostr(commit, HB_OID_SIZE, &id);
    return true;
}
