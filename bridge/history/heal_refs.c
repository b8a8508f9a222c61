#include "history/heal.h"

#include "base/alloc.h"
#include "base/paths.h"
#include "history/commit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "heal"
#include "base/log.h"

/* Longest file of a ref, or of what is known of a delivery, in bytes. */
#define FILE_MAX (1u << 20)
#define MARKS "hotbridge.marks"

/* A commit of ours, as far as branches go. */
struct known {
    git_oid id;
    git_oid parent;
    bool has_parent;
    bool has_child; /* on the same branch */
    int64_t time;
    size_t ref;       /* of `refs`; NONE for an attempt */
    char *attempt_of; /* a deploy's id, or NULL */
};

#define NONE ((size_t)-1)

struct finding {
    struct hb_heal *heal;
    struct known *known;
    size_t count;
    struct hb_strings refs;
};

static size_t ref_of(struct finding *finding, const struct hb_deploy *deploy)
{
    bool branch = deploy->late || deploy->trigger == HB_TRIGGER_FOUND ||
                  hb_outcome_was_delivered(deploy->outcome);
    char *ref = branch ? hb_repo_branch(deploy->target)
                       : hb_repo_undelivered(deploy->target);
    size_t at = 0;
    while (at < finding->refs.count &&
           strcmp(finding->refs.items[at], ref) != 0) {
        at++;
    }
    if (at == finding->refs.count) {
        hb_strings_add(&finding->refs, ref);
    }
    free(ref);
    return at;
}

static void learn(struct finding *finding, const git_oid *id)
{
    char commit[HB_OID_SIZE];
    char parent[HB_OID_SIZE] = "";
    git_oid_tostr(commit, sizeof commit, id);
    struct hb_deploy *deploy =
        hb_commit_read(finding->heal->repo, commit, parent, NULL, NULL, NULL);
    if (deploy == NULL || deploy->target == NULL ||
        !hb_text_is_target(deploy->target)) {
        hb_deploy_free(deploy);
        return; /* somebody's own */
    }
    struct known *known = &finding->known[finding->count++];
    *known = (struct known){.id = *id, .ref = NONE};
    known->has_parent =
        parent[0] != '\0' && git_oid_fromstr(&known->parent, parent) == 0;
    known->time = deploy->finished > 0 ? deploy->finished : deploy->started;
    if (deploy->outcome == HB_OUTCOME_NONE && !deploy->late &&
        deploy->trigger != HB_TRIGGER_FOUND) {
        known->attempt_of = hb_strdup(deploy->id);
    } else {
        known->ref = ref_of(finding, deploy);
    }
    hb_deploy_free(deploy);
}

static int by_id(const void *a, const void *b)
{
    return git_oid_cmp(&((const struct known *)a)->id,
                       &((const struct known *)b)->id);
}

static struct known *look_up(struct finding *finding, const git_oid *id)
{
    const struct known key = {.id = *id};
    return finding->count == 0 ? NULL
                               : bsearch(&key, finding->known, finding->count,
                                         sizeof key, by_id);
}

static bool learn_all(struct finding *finding, struct hb_error *err)
{
    struct hb_oids all = {0};
    git_odb *odb = finding->heal->odb;
    bool ok = hb_oids_of(&all, odb) ||
              hb_repo_error(err, "its objects cannot be listed");
    finding->known = hb_alloc((all.count + 1) * sizeof *finding->known);
    for (size_t i = 0; ok && i < all.count; i++) {
        size_t len;
        git_object_t type;
        if (git_odb_read_header(&len, &type, odb, &all.items[i]) == 0 &&
            type == GIT_OBJECT_COMMIT) {
            learn(finding, &all.items[i]); /* in the order of the ids */
        }
    }
    for (size_t i = 0; i < finding->count; i++) {
        const struct known *one = &finding->known[i];
        struct known *parent =
            one->has_parent ? look_up(finding, &one->parent) : NULL;
        if (parent != NULL && parent->ref == one->ref) {
            parent->has_child = true;
        }
    }
    hb_oids_release(&all);
    return ok;
}

/* ---- branches --------------------------------------------------------- */

/* What the damaged repository's own file of a ref says. */
static struct known *said_by(struct finding *finding, const char *ref)
{
    char *path = hb_path_join(finding->heal->from, ref);
    char *text = NULL;
    size_t len = 0;
    git_oid id;
    struct known *known = NULL;
    if (hb_file_read(path, FILE_MAX, &text, &len, NULL) &&
        len >= HB_OID_SIZE - 1) {
        text[HB_OID_SIZE - 1] = '\0';
        known = git_oid_fromstr(&id, text) == 0 ? look_up(finding, &id) : NULL;
    }
    free(text);
    free(path);
    return known;
}

static struct known *newest_of(struct finding *finding, size_t ref)
{
    struct known *newest = NULL;
    for (size_t i = 0; i < finding->count; i++) {
        struct known *one = &finding->known[i];
        if (one->ref == ref && !one->has_child &&
            (newest == NULL || one->time > newest->time)) {
            newest = one;
        }
    }
    return newest;
}

/* The next deploy takes this commit's trees as its base. */
static bool can_be_built_on(git_repository *git, const struct known *known)
{
    git_commit *commit = NULL;
    git_tree *root = NULL;
    git_object *services = NULL;
    bool ok = git_commit_lookup(&commit, git, &known->id) == 0 &&
              git_commit_tree(&root, commit) == 0;
    for (size_t i = 0; ok && i < git_tree_entrycount(root); i++) {
        const git_tree_entry *entry = git_tree_entry_byindex(root, i);
        if (git_tree_entry_type(entry) == GIT_OBJECT_TREE) {
            ok = git_tree_entry_to_object(&services, git, entry) == 0;
            git_object_free(services);
            services = NULL;
        }
    }
    git_tree_free(root);
    git_commit_free(commit);
    return ok;
}

static bool take_branch(struct finding *finding, size_t ref,
                        struct hb_error *err)
{
    struct hb_heal *heal = finding->heal;
    git_repository *git = heal->repo->git;
    const char *name = finding->refs.items[ref];
    git_reference *made = NULL;
    struct known *said = said_by(finding, name);
    struct known *tip =
        said != NULL && said->ref == ref ? said : newest_of(finding, ref);
    bool whole = said != NULL && said == tip;
    while (tip != NULL && !can_be_built_on(git, tip)) {
        whole = false;
        tip = tip->has_parent ? look_up(finding, &tip->parent) : NULL;
    }
    heal->shorter += !whole;
    if (tip == NULL) {
        LOG_WARN("nothing of %s could be taken over", name);
        return true;
    }
    if (git_reference_create(&made, git, name, &tip->id, 1, NULL) != 0) {
        return hb_repo_error(err, "a branch cannot be made");
    }
    git_reference_free(made);
    heal->branches++;
    return true;
}

/* The branch that it named, else any. */
static bool take_head(struct finding *finding, struct hb_error *err)
{
    static const char link[] = "ref: " HB_REF_BRANCH;
    char *path = hb_path_join(finding->heal->from, "HEAD");
    char *text = NULL;
    size_t len = 0;
    const char *target = NULL;
    if (hb_file_read(path, FILE_MAX, &text, &len, NULL) &&
        strncmp(text, link, strlen(link)) == 0) {
        text[strcspn(text, "\n")] = '\0';
        target = text + strlen(link);
    }
    for (size_t i = 0; i < finding->refs.count &&
                       (target == NULL || !hb_text_is_target(target));
         i++) {
        const char *ref = finding->refs.items[i];
        if (strncmp(ref, HB_REF_BRANCH, strlen(HB_REF_BRANCH)) == 0) {
            target = ref + strlen(HB_REF_BRANCH);
        }
    }
    bool ok = target == NULL || !hb_text_is_target(target) ||
              hb_repo_set_head(finding->heal->repo, target, err);
    free(text);
    free(path);
    return ok;
}

/* ---- deploys under way ------------------------------------------------ */

static void take_pending(struct finding *finding, const char *id)
{
    char *ref = hb_format(HB_REF_PENDING "%s", id);
    struct known *attempt = said_by(finding, ref);
    git_reference *made = NULL;
    for (size_t i = 0; attempt == NULL && i < finding->count; i++) {
        const char *of = finding->known[i].attempt_of;
        attempt = of != NULL && strcmp(of, id) == 0 ? &finding->known[i] : NULL;
    }
    if (attempt == NULL ||
        git_reference_create(&made, finding->heal->repo->git, ref, &attempt->id,
                             1, NULL) != 0) {
        LOG_WARN("the deploy %s, which was under way, is lost here", id);
    }
    git_reference_free(made);
    free(ref);
}

static void take_marks(struct hb_heal *heal, const char *id)
{
    char *from = hb_format("%s/" MARKS "/%s", heal->from, id);
    char *folder = hb_path_join(heal->repo->path, MARKS);
    char *to = hb_path_join(folder, id);
    char *bytes = NULL;
    size_t len = 0;
    if (hb_file_read(from, FILE_MAX, &bytes, &len, NULL) &&
        (!hb_path_make(folder, 0700, NULL) ||
         !hb_file_replace(to, bytes, len, 0600, false, NULL))) {
        LOG_WARN("where the logs of %s stood is lost", id);
    }
    free(bytes);
    free(from);
    free(folder);
    free(to);
}

/* Where they cannot be listed for want of something that will be there again,
 * the damaged one stays as it is for now. */
static bool take_all_pending(struct finding *finding, struct hb_error *err)
{
    char *path = hb_format("%s/" HB_REF_PENDING, finding->heal->from);
    struct hb_strings ids = {0};
    bool ok = true;
    if (!hb_path_list(path, &ids)) {
        ok = errno != EMFILE && errno != ENFILE && errno != ENOMEM;
        if (ok) {
            LOG_WARN("deploys that were under way are lost here: %s: %s", path,
                     strerror(errno));
        } else {
            hb_error_errno(err, HB_EHISTORY, errno, "cannot list %s", path);
        }
    }
    for (size_t i = 0; ok && i < ids.count; i++) {
        if (hb_text_is_uuid(ids.items[i])) {
            take_pending(finding, ids.items[i]);
            take_marks(finding->heal, ids.items[i]);
        }
    }
    hb_strings_release(&ids);
    free(path);
    return ok;
}

bool hb_heal_refs(struct hb_heal *heal, struct hb_error *err)
{
    struct finding finding = {.heal = heal};
    bool ok = learn_all(&finding, err);
    for (size_t i = 0; ok && i < finding.refs.count; i++) {
        ok = take_branch(&finding, i, err);
    }
    ok = ok && take_head(&finding, err) && take_all_pending(&finding, err);
    for (size_t i = 0; i < finding.count; i++) {
        free(finding.known[i].attempt_of);
    }
    free(finding.known);
    hb_strings_release(&finding.refs);
    return ok;
}
