#include "history/repo.h"

#include "base/alloc.h"
#include "base/disk.h"
#include "base/paths.h"
#include "history/aside.h"
#include "history/check.h"
#include "history/loose.h"
#include "history/objects.h"
#include "history/ref.h"
#include "history/settle.h"
#include "history/torn.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* libgit2's object cache, in bytes; its own limit grows to hundreds of MB. */
#define CACHE_BYTES (512 * 1024)
/* Where refs of attempts lie. */
#define REFS_PENDING "refs/hotbridge/pending"
/* How deep folders of refs are searched for left-over locks. */
#define LOCK_DEPTH 8

static bool tell(struct hb_error *err, const char *what, const char *why)
{
    return hb_error_set(err, HB_EHISTORY,
                        "the history: %s: %s; nothing is lost, see to disk "
                        "space and permissions and try again",
                        what, why);
}

bool hb_repo_error(struct hb_error *err, const char *what)
{
    const git_error *last = git_error_last();
    return tell(err, what, last == NULL ? "no reason given" : last->message);
}

bool hb_repo_errno(struct hb_error *err, int failure, const char *what)
{
    char text[128];
    return tell(err, what, strerror_r(failure, text, sizeof text));
}

char *hb_repo_branch(const char *target)
{
    return hb_format(HB_REF_BRANCH "%s", target);
}

char *hb_repo_undelivered(const char *target)
{
    return hb_format(HB_REF_UNDELIVERED "%s", target);
}

/* "00" to "ff": the folders of loose objects, in which nothing is locked. */
static bool is_fan_out(const char *name)
{
    return strlen(name) == 2 && isxdigit((unsigned char)name[0]) &&
           isxdigit((unsigned char)name[1]);
}

/* A killed bridge leaves NAME.lock files, which would stop every later write,
 * and files (NAME.new.PID) that were to take another's place. Only the owner of
 * the repository's flock may remove them. */
static size_t clear_locks(const char *folder, int depth)
{
    DIR *dir = opendir(folder);
    size_t count = 0;
    if (dir == NULL) {
        return 0; /* told by whoever looks for damage */
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (entry->d_name[0] == '.') {
            continue;
        }
        bool lock = len > 5 && strcmp(entry->d_name + len - 5, ".lock") == 0;
        if (lock || strstr(entry->d_name, ".new.") != NULL) {
            if (unlinkat(dirfd(dir), entry->d_name, 0) == 0) {
                LOG_INFO("%s/%s, which was left over, is removed", folder,
                         entry->d_name);
                count++;
            }
        } else if (entry->d_type == DT_DIR && depth > 0 &&
                   !is_fan_out(entry->d_name)) {
            char *below = hb_path_join(folder, entry->d_name);
            count += clear_locks(below, depth - 1);
            free(below);
        }
    }
    closedir(dir);
    return count;
}

size_t hb_repo_clear_locks(struct hb_repo *repo)
{
    return clear_locks(repo->path, LOCK_DEPTH);
}

/* Files in a folder that were not whole yet when their writer was killed. */
static void clear_rests(const struct hb_repo *repo, const char *folder,
                        const char *const *prefixes)
{
    char *path = hb_path_join(repo->path, folder);
    DIR *dir = opendir(path);
    for (struct dirent *entry; dir != NULL && (entry = readdir(dir)) != NULL;) {
        for (size_t i = 0; prefixes[i] != NULL; i++) {
            if (strncmp(entry->d_name, prefixes[i], strlen(prefixes[i])) == 0) {
                unlinkat(dirfd(dir), entry->d_name, 0);
                break;
            }
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    free(path);
}

/* What a killed bridge, and a killed git repack, were writing. */
static void clear_all_rests(const struct hb_repo *repo)
{
    static const char *const objects[] = {HB_LOOSE_REST, "tmp_obj_", NULL};
    static const char *const packs[] = {".tmp-", "tmp_", "pack_git2_", NULL};
    clear_rests(repo, "objects", objects);
    clear_rests(repo, "objects/pack", packs);
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

/* What git wrote when the repository was made. */
static bool has_config(git_repository *git)
{
    git_config *config = NULL;
    int bare = 0;
    int version = -1;
    bool ok = git_repository_config(&config, git) == 0 &&
              git_config_get_bool(&bare, config, "core.bare") == 0 &&
              git_config_get_int32(&version, config,
                                   "core.repositoryformatversion") == 0;
    git_config_free(config);
    return ok && bare && version >= 0;
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

/* A repository that is just made lasts before anything in it is told of. */
static bool flush_new(const struct hb_repo *repo, struct hb_error *err)
{
    static const char *const names[] = {"HEAD",       "config",     "objects",
                                        REFS_PENDING, "refs/heads", "refs",
                                        ".",          ".."};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++) {
        char *path = hb_path_join(repo->path, names[i]);
        ok = hb_disk_flush(path, err);
        free(path);
    }
    return ok;
}

static bool create(struct hb_repo *repo, struct hb_error *err)
{
    git_repository_init_options options;
    git_repository_init_options_init(&options,
                                     GIT_REPOSITORY_INIT_OPTIONS_VERSION);
    options.flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH;
    options.description = "what hotbridge has deployed; one branch a target";
    if (git_repository_init_ext(&repo->git, repo->path, &options) != 0 ||
        hb_objects_attach(repo->git, repo->flush_all) != 0) {
        return hb_repo_error(err, "it cannot be made");
    }
    char *pending = hb_path_join(repo->path, REFS_PENDING);
    bool ok = hb_path_make(pending, 0700, err);
    free(pending);
    return ok && make_fan_out(repo->path, err);
}

bool hb_repo_make(struct hb_repo *repo, struct hb_error *err)
{
    return create(repo, err) && take_lock(repo, err) &&
           (set_config(repo->git) ||
            hb_repo_error(err, "its settings cannot be written")) &&
           flush_new(repo, err);
}

/* ---- open and close --------------------------------------------------- */

static bool open_whole(struct hb_repo *repo, struct hb_error *damage)
{
    if (hb_objects_open(&repo->git, repo->path, repo->flush_all) != 0) {
        return hb_error_set(damage, HB_EHISTORY, "%s",
                            git_error_last()->message);
    }
    if (!has_config(repo->git)) {
        hb_error_set(damage, HB_EHISTORY, "its settings are not there");
    } else if (hb_check_tips(repo->git, damage) &&
               (set_config(repo->git) ||
                hb_error_set(damage, HB_EHISTORY, "its settings: %s",
                             git_error_last()->message))) {
        return true;
    }
    git_repository_free(repo->git);
    repo->git = NULL;
    return false;
}

/* Before anything is looked at: it may be torn, and whole in the journal. False
 * while what the journal has cannot be brought in: nobody is to be told of less
 * than was recorded. A journal that cannot be opened is tried again with the
 * next save. */
static bool take_journal(struct hb_repo *repo, struct hb_error *err)
{
    struct hb_error failure = {0};
    if (hb_settle_open(repo, &failure)) {
        repo->behind = false;
    } else if (repo->behind) {
        return hb_error_set(err, failure.code, "%s", failure.message);
    } else {
        LOG_WARN("%s", failure.message);
    }
    return true;
}

static bool open_or_make(struct hb_repo *repo, const char *why, char **notice,
                         struct hb_error *err)
{
    struct hb_error damage = {0};
    struct hb_error left = {0};
    struct stat st;
    if (!hb_aside_finish(repo->path, err)) {
        return false;
    }
    if (lstat(repo->path, &st) != 0) {
        return hb_repo_make(repo, err);
    }
    if (S_ISLNK(st.st_mode) || S_ISDIR(st.st_mode)) {
        if (access(repo->path, R_OK | X_OK) == 0) {
            if (!take_lock(repo, err)) {
                return false;
            }
            clear_locks(repo->path, LOCK_DEPTH);
            clear_all_rests(repo);
            bool all = take_journal(repo, &left);
            if (why == NULL && open_whole(repo, &damage)) {
                return all || hb_error_set(err, left.code, "%s", left.message);
            }
            if (access(repo->path, W_OK) != 0) {
                return hb_error_errno(err, HB_EHISTORY, errno,
                                      "the history %s cannot be written",
                                      repo->path);
            }
        } else {
            hb_error_errno(&damage, HB_EHISTORY, errno, "it cannot be entered");
        }
    } else {
        hb_error_set(&damage, HB_EHISTORY, "it is not a folder");
    }
    hb_settle_release(repo);
    hb_journal_close(&repo->journal);
    repo->behind = false;
    return hb_aside_replace(repo, why != NULL ? why : damage.message, notice,
                            err);
}

uint64_t hb_repo_number(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* The name may be a link to another disk; a new one that takes its place lies
 * beside the link. */
static enum hb_disk choose_disk(const char *path, const char *parent)
{
    enum hb_disk disk = hb_disk_kind(parent);
    bool other = access(path, F_OK) == 0 && hb_disk_kind(path) != disk;
    return other ? HB_DISK_EACH : disk;
}

bool hb_repo_open(struct hb_repo *repo, const char *path, const char *damage,
                  char **notice, struct hb_error *err)
{
    char *parent = hb_strdup(path);
    char *slash = strrchr(parent, '/');
    *repo =
        (struct hb_repo){.lock = -1, .journal.fd = -1, .path = hb_strdup(path)};
    *notice = NULL;
    if (slash != NULL && slash != parent) {
        *slash = '\0';
        hb_path_make(parent, 0700, NULL); /* what fails is told below */
    }
    repo->disk = choose_disk(path, parent);
    free(parent);
    repo->flush_all = repo->disk == HB_DISK_EACH;
    /* Before the repository is opened: later it silently skips refs. */
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, repo->flush_all);
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, (ssize_t)CACHE_BYTES);
    /* What a tree or a commit names was written just before it. */
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
    if (!open_or_make(repo, damage, notice, err)) {
        hb_repo_release(repo);
        return false;
    }
    char *lost = hb_path_join(path, HB_CHECK_LOST);
    hb_oids_load(&repo->lost, lost);
    free(lost);
    if (git_repository_odb(&repo->odb, repo->git) != 0) {
        hb_repo_error(err, "its objects cannot be opened");
        hb_repo_release(repo);
        return false;
    }
    repo->number = hb_repo_number(path);
    hb_torn_clear(repo);
    if (!take_journal(repo, err)) { /* of a new one */
        hb_repo_release(repo);
        return false;
    }
    return true;
}

bool hb_repo_refresh(struct hb_repo *repo, struct hb_error *err)
{
    git_repository *git = NULL;
    git_odb *odb = NULL;
    if (hb_objects_open(&git, repo->path, repo->flush_all) != 0 ||
        git_repository_odb(&odb, git) != 0) {
        git_repository_free(git);
        return hb_repo_error(err, "it cannot be opened again");
    }
    git_odb_free(repo->odb);
    git_repository_free(repo->git);
    repo->git = git;
    repo->odb = odb;
    return make_fan_out(repo->path, err);
}

void hb_repo_release(struct hb_repo *repo)
{
    git_odb_free(repo->odb);
    git_repository_free(repo->git);
    if (repo->lock >= 0) {
        close(repo->lock);
    }
    hb_settle_release(repo);
    hb_journal_close(&repo->journal);
    hb_oids_release(&repo->lost);
    hb_trees_release(&repo->newest);
    free(repo->path);
    *repo = (struct hb_repo){.lock = -1, .journal.fd = -1};
}

bool hb_repo_set_head(struct hb_repo *repo, const char *target,
                      struct hb_error *err)
{
    if (!hb_text_is_target(target)) {
        return hb_error_set(err, HB_ETARGET, "no target can be called so");
    }
    char *branch = hb_repo_branch(target);
    git_reference *head = NULL;
    bool same = git_reference_lookup(&head, repo->git, "HEAD") == 0 &&
                git_reference_symbolic_target(head) != NULL &&
                strcmp(git_reference_symbolic_target(head), branch) == 0;
    git_reference_free(head);
    char *path = hb_path_join(repo->path, "HEAD");
    char *text = hb_format("ref: %s\n", branch);
    bool ok =
        same || hb_file_replace(path, text, strlen(text), 0600, true, err);
    free(text);
    free(path);
    free(branch);
    return ok;
}

bool hb_repo_tip(struct hb_repo *repo, const char *ref,
                 char commit[HB_OID_SIZE], struct hb_error *err)
{
    git_oid id;
    if (hb_ref_read(repo, ref, commit)) {
        return true;
    }
    int code = git_reference_name_to_id(&id, repo->git, ref);
    if (code == GIT_ENOTFOUND) {
        return true;
    }
    if (code != 0) {
        return hb_repo_error(err, "a branch cannot be read");
    }
    git_oid_tostr(commit, HB_OID_SIZE, &id);
    return true;
}
