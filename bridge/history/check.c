#include "history/check.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "history/objects.h"
#include "history/repo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOG_MODULE "check"
#include "base/log.h"

/* Findings that are logged one by one. */
#define TOLD_MAX 10
/* How deep folders of refs are searched. */
#define REF_DEPTH 8
/* Largest file that is read to see whether any can be, in bytes. */
#define FILE_MAX 65536
/* The sum at the end of a pack and of its index. */
#define SUM_SIZE 20

struct check {
    git_repository *git;
    git_odb *odb;
    struct hb_oids lost; /* known of old */
    struct hb_oids all;
    struct hb_error *err;
    size_t findings;
    bool loud; /* each is logged */
};

static void found(struct check *check, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void found(struct check *check, const char *format, ...)
{
    char words[HB_ERROR_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    hb_error_set(check->err, HB_EHISTORY, "%s", words);
    if (check->findings++ < TOLD_MAX && check->loud) {
        LOG_WARN("the history is damaged: %s", words);
    }
}

static void load_lost(struct check *check)
{
    char *path = hb_path_join(git_repository_path(check->git), HB_CHECK_LOST);
    hb_oids_load(&check->lost, path);
    free(path);
}

static void release(struct check *check)
{
    hb_oids_release(&check->lost);
    hb_oids_release(&check->all);
    git_odb_free(check->odb);
    git_repository_free(check->git);
}

/* ---- refs and what they point to -------------------------------------- */

/* An empty one of a deploy under way was being written when the power went:
 * nothing was told of it yet. */
static void check_ref_file(struct check *check, const char *path,
                           const char *name)
{
    char *text = NULL;
    size_t len = 0;
    bool pending = strncmp(name, HB_REF_PENDING, strlen(HB_REF_PENDING)) == 0;
    if (!hb_file_read(path, 4096, &text, &len, NULL)) {
        found(check, "%s cannot be read", name);
        return;
    }
    text[strcspn(text, "\n")] = '\0';
    bool link = strncmp(text, "ref: refs/", 10) == 0;
    bool empty = len == 0 && pending;
    if (!link && !empty &&
        (strlen(text) != HB_OID_SIZE - 1 || !hb_text_is_oid(text))) {
        found(check, "%s does not hold a commit", name);
    }
    free(text);
}

/* libgit2 passes over files that are no refs, so they are looked at here. */
static void check_ref_files(struct check *check, const char *folder,
                            const char *prefix, int depth)
{
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        found(check, "the folder %s cannot be read: %s", prefix,
              strerror(errno));
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        size_t len = strlen(entry->d_name);
        if (entry->d_name[0] == '.' ||
            (len > 5 && strcmp(entry->d_name + len - 5, ".lock") == 0)) {
            continue;
        }
        char *path = hb_path_join(folder, entry->d_name);
        char *name = hb_path_join(prefix, entry->d_name);
        struct stat st;
        if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && depth > 0) {
            check_ref_files(check, path, name, depth - 1);
        } else {
            check_ref_file(check, path, name);
        }
        free(name);
        free(path);
    }
    closedir(dir);
}

static void check_tip_tree(struct check *check, const char *ref,
                           const git_tree *tree, int depth)
{
    for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
        git_object *object = NULL;
        if (git_tree_entry_to_object(&object, check->git, entry) != 0) {
            if (!hb_oids_has(&check->lost, git_tree_entry_id(entry))) {
                found(check, "%s of %s cannot be read",
                      git_tree_entry_name(entry), ref);
            }
        } else if (git_object_type(object) == GIT_OBJECT_TREE && depth > 0) {
            check_tip_tree(check, ref, (git_tree *)object, depth - 1);
        }
        git_object_free(object);
    }
}

static void check_tip(struct check *check, const char *ref)
{
    git_oid id;
    git_commit *commit = NULL;
    git_tree *tree = NULL;
    if (git_reference_name_to_id(&id, check->git, ref) != 0) {
        return; /* told with its file */
    }
    if (git_commit_lookup(&commit, check->git, &id) != 0 ||
        git_commit_tree(&tree, commit) != 0) {
        found(check, "the newest commit of %s cannot be read", ref);
    } else {
        check_tip_tree(check, ref, tree, 1);
    }
    git_tree_free(tree);
    git_commit_free(commit);
}

static void check_tips(struct check *check)
{
    git_strarray names = {0};
    git_reference *head = NULL;
    char *folder = hb_path_join(git_repository_path(check->git), "refs");
    check_ref_files(check, folder, "refs", REF_DEPTH);
    free(folder);
    if (git_reference_lookup(&head, check->git, "HEAD") != 0 ||
        git_reference_symbolic_target(head) == NULL ||
        strncmp(git_reference_symbolic_target(head), HB_REF_BRANCH,
                strlen(HB_REF_BRANCH)) != 0) {
        found(check, "HEAD does not name a branch");
    }
    git_reference_free(head);
    if (git_reference_list(&names, check->git) != 0) {
        found(check, "its branches cannot be listed");
        return;
    }
    for (size_t i = 0; i < names.count; i++) {
        check_tip(check, names.strings[i]);
    }
    git_strarray_dispose(&names);
}

bool hb_check_tips(git_repository *git, struct hb_error *err)
{
    struct check check = {.git = git, .err = err};
    load_lost(&check);
    check_tips(&check);
    check.git = NULL; /* the caller's */
    release(&check);
    return check.findings == 0;
}

/* ---- every object ----------------------------------------------------- */

static void check_link(struct check *check, const git_oid *from,
                       const git_oid *to, const char *what)
{
    if (hb_oids_has(&check->all, to) || hb_oids_has(&check->lost, to) ||
        git_odb_exists(check->odb, to) == 1) {
        return; /* the last: written since the list was made */
    }
    char one[HB_OID_SIZE];
    char other[HB_OID_SIZE];
    git_oid_tostr(one, sizeof one, from);
    git_oid_tostr(other, sizeof other, to);
    found(check, "%s refers to the %s %s, which is not there", one, what,
          other);
}

static void check_links(struct check *check, const git_oid *id,
                        git_odb_object *object)
{
    git_object *parsed = NULL;
    git_object_t type = git_odb_object_type(object);
    if ((type != GIT_OBJECT_COMMIT && type != GIT_OBJECT_TREE) ||
        git_object_lookup(&parsed, check->git, id, type) != 0) {
        return;
    }
    if (type == GIT_OBJECT_COMMIT) {
        const git_commit *commit = (const git_commit *)parsed;
        check_link(check, id, git_commit_tree_id(commit), "tree");
        for (unsigned i = 0; i < git_commit_parentcount(commit); i++) {
            check_link(check, id, git_commit_parent_id(commit, i), "commit");
        }
        git_oid attempt;
        if (hb_objects_attempt(commit, &attempt)) {
            check_link(check, id, &attempt, "attempt");
        }
    } else {
        const git_tree *tree = (const git_tree *)parsed;
        for (size_t i = 0; i < git_tree_entrycount(tree); i++) {
            const git_tree_entry *entry = git_tree_entry_byindex(tree, i);
            check_link(check, id, git_tree_entry_id(entry), "object");
        }
    }
    git_object_free(parsed);
}

static void check_objects(struct check *check)
{
    if (!hb_oids_of(&check->all, check->odb)) {
        found(check, "its objects cannot be listed");
    }
    for (size_t i = 0; i < check->all.count; i++) {
        const git_oid *id = &check->all.items[i];
        git_odb_object *object = NULL;
        if (git_odb_read(&object, check->odb, id) != 0 &&
            (git_odb_refresh(check->odb) != 0 ||
             git_odb_read(&object, check->odb, id) != 0)) {
            char name[HB_OID_SIZE];
            git_oid_tostr(name, sizeof name, id);
            found(check, "the object %s cannot be read", name);
            continue;
        }
        check_links(check, id, object);
        git_odb_object_free(object);
    }
}

/* ---- packs ------------------------------------------------------------ */

/* A pack and its index each end with the sum of all before it. */
static bool sum_is_right(int fd, off_t size)
{
    unsigned char buffer[65536];
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned char last[SUM_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool ok = context != NULL && size > SUM_SIZE &&
              EVP_DigestInit_ex(context, EVP_sha1(), NULL) == 1;
    for (off_t at = 0; ok && at < size - SUM_SIZE;) {
        size_t wanted = sizeof buffer;
        if ((off_t)wanted > size - SUM_SIZE - at) {
            wanted = (size_t)(size - SUM_SIZE - at);
        }
        ssize_t got = pread(fd, buffer, wanted, at);
        ok = got > 0 && EVP_DigestUpdate(context, buffer, (size_t)got) == 1;
        at += got;
    }
    ok = ok && EVP_DigestFinal_ex(context, sum, NULL) == 1 &&
         pread(fd, last, sizeof last, size - SUM_SIZE) == SUM_SIZE &&
         memcmp(sum, last, sizeof last) == 0;
    EVP_MD_CTX_free(context);
    return ok;
}

bool hb_check_pack_file(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool ok = fd >= 0 && fstat(fd, &st) == 0 && sum_is_right(fd, st.st_size);
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static void check_packs(struct check *check, const char *path)
{
    char *folder = hb_path_join(path, "objects/pack");
    DIR *dir = opendir(folder);
    if (dir == NULL) {
        found(check, "the folder objects/pack cannot be read: %s",
              strerror(errno));
        free(folder);
        return;
    }
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        const char *dot = strrchr(entry->d_name, '.');
        struct stat st;
        if (strncmp(entry->d_name, "pack-", 5) != 0 || dot == NULL ||
            (strcmp(dot, ".pack") != 0 && strcmp(dot, ".idx") != 0)) {
            continue;
        }
        int fd = openat(dirfd(dir), entry->d_name, O_RDONLY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
            continue; /* packed anew meanwhile */
        }
        if (fd < 0 || fstat(fd, &st) != 0 || !sum_is_right(fd, st.st_size)) {
            found(check, "%s is not as it was written", entry->d_name);
        }
        if (fd >= 0) {
            close(fd);
        }
    }
    closedir(dir);
    free(folder);
}

/* Each finding is logged. */
static bool check_all(const char *path)
{
    struct hb_error err = {0};
    struct check check = {.err = &err, .loud = true};
    check_packs(&check, path);
    if (hb_objects_open(&check.git, path, false) != 0 ||
        git_repository_odb(&check.odb, check.git) != 0) {
        found(&check, "it cannot be opened: %s", git_error_last()->message);
    } else {
        load_lost(&check);
        check_tips(&check);
        check_objects(&check);
    }
    if (check.findings == 0) {
        LOG_INFO("the history is whole: %zu objects", check.all.count);
    } else if (check.findings > TOLD_MAX) {
        LOG_WARN("the history is damaged: %zu more findings",
                 check.findings - TOLD_MAX);
    }
    release(&check);
    return check.findings == 0;
}

/* Packs are mapped to be read: without room for that they look damaged. */
static bool is_room_for(const char *pack, struct hb_error *err)
{
    struct stat st;
    int fd = open(pack, O_RDONLY | O_CLOEXEC);
    void *room = MAP_FAILED;
    bool ok = true;
    if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0) {
        room = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = room != MAP_FAILED || errno != ENOMEM ||
             hb_error_errno(err, HB_EHISTORY, errno, "cannot map %s", pack);
    }
    if (room != MAP_FAILED) {
        munmap(room, (size_t)st.st_size);
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool is_room_for_packs(const char *path, struct hb_error *err)
{
    char *folder = hb_path_join(path, "objects/pack");
    DIR *dir = opendir(folder);
    bool ok = true;
    for (struct dirent *entry;
         ok && dir != NULL && (entry = readdir(dir)) != NULL;) {
        if (strncmp(entry->d_name, "pack-", 5) == 0) {
            char *pack = hb_path_join(folder, entry->d_name);
            ok = is_room_for(pack, err);
            free(pack);
        }
    }
    if (dir != NULL) {
        closedir(dir);
    }
    free(folder);
    return ok;
}

bool hb_check_readable(const char *path, struct hb_error *err)
{
    static const char *const names[] = {"HEAD", "config", "description"};
    struct hb_error why = {0};
    bool any = false;
    for (size_t i = 0; !any && i < sizeof names / sizeof names[0]; i++) {
        char *file = hb_path_join(path, names[i]);
        char *text = NULL;
        size_t len = 0;
        any = hb_file_read(file, FILE_MAX, &text, &len,
                           access(file, F_OK) == 0 ? &why : NULL);
        free(text);
        free(file);
    }
    if (!any && why.code != HB_OK) {
        return hb_error_set(err, HB_EHISTORY, "%s", why.message);
    }
    return is_room_for_packs(path, err);
}

/* What cannot be read for a moment is no damage. */
int hb_check_main(const char *path)
{
    struct hb_error blind = {0};
    if (check_all(path)) {
        return 0;
    }
    if (!hb_check_readable(path, &blind)) {
        LOG_WARN("the history cannot be read now: %s", blind.message);
        return EXIT_FAILURE;
    }
    return check_all(path) ? 0 : HB_CHECK_DAMAGED;
}
