#include "history/index.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/paths.h"
#include "base/sum.h"
#include "history/commit.h"
#include "history/ids.h"
#include "history/known.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "index"
#include "base/log.h"

/* Largest index file that is read, in bytes. */
#define FILE_MAX (64u * 1024 * 1024)
/* Turns an id's number into that of its late word. */
#define LATE 0x9E3779B97F4A7C15u

struct hb_index {
    struct hb_repo *repo;
    char *path;
    struct hb_ids *ids;
    struct hb_known known;
    unsigned unsaved;
    bool missing; /* there was no file */
};

/* Only a number made of the id is kept: the commit itself holds the id. */
static uint64_t number_of(const char *id, bool late)
{
    char lower[HB_UUID_SIZE] = "";
    for (size_t i = 0; id[i] != '\0' && i < sizeof lower - 1; i++) {
        lower[i] = (char)tolower((unsigned char)id[i]);
    }
    uint64_t number =
        hb_sum(HB_SUM_START, lower, strlen(lower)) ^ (late ? LATE : 0);
    return number == 0 ? 1 : number;
}

/* What a commit means for the index; on_branch: not among the undelivered. */
static void apply(struct hb_index *index, const struct hb_deploy *deploy,
                  const char *commit, bool on_branch)
{
    git_oid id;
    if (deploy->target == NULL || deploy->module == NULL ||
        git_oid_fromstr(&id, commit) != 0) {
        return;
    }
    if (deploy->id[0] != '\0') {
        hb_ids_put(index->ids, number_of(deploy->id, deploy->late), &id);
    }
    index->unsaved++;
    if (!on_branch) {
        return;
    }
    struct hb_index_module *module =
        hb_known_module(&index->known, deploy->target, deploy->module);
    memcpy(module->newest, commit, HB_OID_SIZE);
    if (deploy->trigger == HB_TRIGGER_FOUND) {
        memcpy(module->found, deploy->blob, HB_OID_SIZE);
    } else if (!deploy->late) {
        memcpy(module->given, deploy->blob, HB_OID_SIZE);
    }
}

/* ---- the file --------------------------------------------------------- */

static void save(struct hb_index *index)
{
    struct hb_buffer out = {0};
    struct hb_error err = {0};
    /* The numbers first: they may know more than the tips say, not less. */
    if (!hb_ids_save(index->ids, &index->known.ids, &err)) {
        LOG_WARN("%s; it will be made anew", err.message);
        return;
    }
    hb_known_write(&index->known, &out);
    if (!hb_file_replace(index->path, out.data, out.len, 0600, false, &err)) {
        LOG_WARN("%s; it will be made anew", err.message);
    }
    index->unsaved = 0;
    hb_buffer_release(&out);
}

static void save_when_full(struct hb_index *index)
{
    if (hb_ids_full(index->ids)) {
        save(index);
    }
}

/* Nothing is known. */
static void begin(struct hb_index *index)
{
    char *path = hb_path_join(index->repo->path, "hotbridge.ids");
    hb_known_release(&index->known);
    hb_ids_free(index->ids);
    index->ids = hb_ids_new(path);
    free(path);
}

/* An index of commits that are not there any more is of no use. */
static bool is_of_this_repository(struct hb_index *index)
{
    for (size_t i = 0; i < index->known.tip_count; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, index->known.tips[i].commit) != 0 ||
            !git_odb_exists(index->repo->odb, &id)) {
            return false;
        }
    }
    return true;
}

/* A file that is not whole is no file. */
static void load(struct hb_index *index)
{
    char *bytes = NULL;
    size_t len = 0;
    begin(index);
    if (!hb_file_read(index->path, FILE_MAX, &bytes, &len, NULL)) {
        index->missing = true;
        return;
    }
    bool whole = hb_known_read(&index->known, bytes, len) &&
                 hb_ids_load(index->ids, index->known.ids);
    free(bytes);
    if (!whole || !is_of_this_repository(index)) {
        LOG_WARN("%s is damaged or of another history: it is made anew",
                 index->path);
        begin(index);
    }
}

/* ---- the commits that the file lacks ---------------------------------- */

/* The commits from `now` back to `known`, which is not among them, or to the
 * first one, or to where what came before was lost. NULL where one cannot be
 * read: an index without those before it would be taken for whole. */
static git_oid *line_of(struct hb_repo *repo, const char *now,
                        const char *known, size_t *count, struct hb_error *err)
{
    git_oid *line = NULL;
    size_t size = 0;
    git_oid id;
    git_oid stop = {{0}};
    git_commit *commit = NULL;
    *count = 0;
    if (known[0] != '\0') {
        git_oid_fromstr(&stop, known);
    }
    git_oid_fromstr(&id, now);
    int code = 0;
    while (git_oid_cmp(&id, &stop) != 0 &&
           (code = git_commit_lookup(&commit, repo->git, &id)) == 0) {
        if (*count == size) {
            size = size == 0 ? 64 : size * 2;
            line = hb_realloc_array(line, size, sizeof *line);
        }
        line[(*count)++] = id;
        const git_oid *parent = git_commit_parent_id(commit, 0);
        id = parent == NULL ? stop : *parent;
        git_commit_free(commit);
    }
    if (code != 0 && code != GIT_ENOTFOUND) {
        hb_repo_error(err, "a commit cannot be read");
        free(line);
        return NULL;
    }
    return line == NULL ? hb_alloc(sizeof *line) : line;
}

static bool catch_up(struct hb_index *index, const char *ref,
                     struct hb_error *err)
{
    struct hb_known_tip *tip = hb_known_tip(&index->known, ref);
    char now[HB_OID_SIZE];
    size_t count = 0;
    bool branch = strncmp(ref, HB_REF_BRANCH, strlen(HB_REF_BRANCH)) == 0;
    if (!hb_repo_tip(index->repo, ref, now, err)) {
        return false;
    }
    if (strcmp(now, tip->commit) == 0) {
        return true;
    }
    git_oid *line = line_of(index->repo, now, tip->commit, &count, err);
    if (line == NULL) {
        return false;
    }
    for (size_t i = count; i-- > 0;) {
        char commit[HB_OID_SIZE];
        git_oid_tostr(commit, sizeof commit, &line[i]);
        struct hb_deploy *deploy =
            hb_commit_read(index->repo, commit, NULL, NULL, NULL, NULL);
        if (deploy != NULL) {
            apply(index, deploy, commit, branch);
            hb_deploy_free(deploy);
            save_when_full(index);
        }
    }
    free(line);
    memcpy(tip->commit, now, sizeof tip->commit);
    index->unsaved++;
    return true;
}

bool hb_index_agrees(const struct hb_index *index, struct hb_error *err)
{
    char now[HB_OID_SIZE];
    for (size_t i = 0; i < index->known.tip_count; i++) {
        const char *ref = index->known.tips[i].ref;
        if (index->known.tips[i].commit[0] != '\0' &&
            hb_repo_tip(index->repo, ref, now, NULL) && now[0] == '\0') {
            return hb_error_set(err, HB_EHISTORY, "%s is gone", ref);
        }
    }
    return true;
}

struct hb_index *hb_index_open(struct hb_repo *repo, bool *gone,
                               struct hb_error *err)
{
    struct hb_index *index = hb_alloc(sizeof *index);
    git_strarray refs = {0};
    bool ok = true;
    index->repo = repo;
    index->path = hb_path_join(repo->path, "hotbridge.index");
    load(index);
    *gone = !hb_index_agrees(index, err);
    ok = !*gone;
    if (ok && git_reference_list(&refs, repo->git) != 0) {
        ok = hb_repo_error(err, "its branches cannot be listed");
    }
    for (size_t i = 0; ok && i < refs.count; i++) {
        const char *ref = refs.strings[i];
        if (strncmp(ref, HB_REF_BRANCH, strlen(HB_REF_BRANCH)) == 0 ||
            strncmp(ref, HB_REF_UNDELIVERED, strlen(HB_REF_UNDELIVERED)) == 0) {
            ok = catch_up(index, ref, err);
            *gone = *gone || !ok;
        }
    }
    git_strarray_dispose(&refs);
    if (ok && index->missing && index->known.tip_count > 0) {
        LOG_WARN("%s was missing: it is made anew", index->path);
    }
    if (!ok) {
        index->unsaved = 0;
        hb_index_close(index);
        return NULL;
    }
    return index;
}

void hb_index_close(struct hb_index *index)
{
    if (index == NULL) {
        return;
    }
    if (index->unsaved > 0) {
        save(index);
    }
    hb_known_release(&index->known);
    hb_ids_free(index->ids);
    free(index->path);
    free(index);
}

void hb_index_add(struct hb_index *index, const struct hb_deploy *deploy,
                  const char *commit)
{
    bool branch = deploy->trigger == HB_TRIGGER_FOUND || deploy->late ||
                  hb_outcome_was_delivered(deploy->outcome);
    char *ref = branch ? hb_repo_branch(deploy->target)
                       : hb_repo_undelivered(deploy->target);
    apply(index, deploy, commit, branch);
    memcpy(hb_known_tip(&index->known, ref)->commit, commit, HB_OID_SIZE);
    free(ref);
    save_when_full(index);
}

bool hb_index_find(struct hb_index *index, const char *id,
                   char commit[HB_OID_SIZE], char late[HB_OID_SIZE])
{
    git_oid found;
    commit[0] = '\0';
    late[0] = '\0';
    if (hb_ids_find(index->ids, number_of(id, false), &found)) {
        git_oid_tostr(commit, HB_OID_SIZE, &found);
    }
    if (hb_ids_find(index->ids, number_of(id, true), &found)) {
        git_oid_tostr(late, HB_OID_SIZE, &found);
    }
    return commit[0] != '\0';
}

const struct hb_index_module *
hb_index_module(struct hb_index *index, const char *target, const char *module)
{
    static const struct hb_index_module none;
    const struct hb_index_module *entry =
        hb_known_find(&index->known, target, module);
    return entry == NULL ? &none : entry;
}

const struct hb_index_module *hb_index_modules(const struct hb_index *index)
{
    return index->known.modules;
}
