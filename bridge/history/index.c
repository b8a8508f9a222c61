#include "history/index.h"

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/paths.h"
#include "history/commit.h"
#include "history/escape.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "index"
#include "base/log.h"

/* The file is rewritten after so many commits. */
#define SAVE_AFTER 500
/* Largest index file that is read, in bytes. */
#define FILE_MAX (256u * 1024 * 1024)
#define MAGIC "hotbridge-index 1\n"

/* Only a hash of the id is kept: the commit itself holds the id. */
struct slot {
    uint64_t hash; /* 0: free */
    git_oid commit;
};

struct late {
    uint64_t hash;
    git_oid commit;
};

struct tip {
    char *ref;
    char commit[HB_OID_SIZE];
};

struct hb_index {
    struct hb_repo *repo;
    char *path;
    struct slot *slots;
    size_t size; /* a power of two */
    size_t count;
    struct late *late;
    size_t late_count;
    struct hb_index_module *modules;
    struct tip *tips;
    size_t tip_count;
    unsigned unsaved;
};

/* FNV-1a over the id in lower case. */
static uint64_t hash_of(const char *id)
{
    uint64_t hash = 14695981039346656037u;
    for (; *id != '\0'; id++) {
        unsigned char byte = (unsigned char)*id;
        if (byte >= 'A' && byte <= 'F') {
            byte = (unsigned char)(byte + 32);
        }
        hash = (hash ^ byte) * 1099511628211u;
    }
    return hash == 0 ? 1 : hash;
}

static void put(struct hb_index *index, uint64_t hash, const git_oid *commit)
{
    size_t at = hash & (index->size - 1);
    while (index->slots[at].hash != 0 && index->slots[at].hash != hash) {
        at = (at + 1) & (index->size - 1);
    }
    index->count += index->slots[at].hash == 0;
    index->slots[at].hash = hash;
    index->slots[at].commit = *commit;
}

static void grow(struct hb_index *index)
{
    if (index->size != 0 && index->count * 10 < index->size * 7) {
        return;
    }
    struct slot *old = index->slots;
    size_t size = index->size;
    index->size = size == 0 ? 256 : size * 2;
    index->slots = hb_alloc(index->size * sizeof *index->slots);
    index->count = 0;
    for (size_t i = 0; i < size; i++) {
        if (old[i].hash != 0) {
            put(index, old[i].hash, &old[i].commit);
        }
    }
    free(old);
}

static void put_late(struct hb_index *index, uint64_t hash,
                     const git_oid *commit)
{
    for (size_t i = 0; i < index->late_count; i++) {
        if (index->late[i].hash == hash) {
            index->late[i].commit = *commit;
            return;
        }
    }
    index->late = hb_realloc_array(index->late, index->late_count + 1,
                                   sizeof *index->late);
    index->late[index->late_count].hash = hash;
    index->late[index->late_count++].commit = *commit;
}

static struct hb_index_module *module_of(struct hb_index *index,
                                         const char *target, const char *module)
{
    struct hb_index_module *entry = index->modules;
    while (entry != NULL && (strcmp(entry->module, module) != 0 ||
                             strcmp(entry->target, target) != 0)) {
        entry = entry->next;
    }
    if (entry == NULL) {
        entry = hb_alloc(sizeof *entry);
        entry->target = hb_strdup(target);
        entry->module = hb_strdup(module);
        entry->next = index->modules;
        index->modules = entry;
    }
    return entry;
}

static struct tip *tip_of(struct hb_index *index, const char *ref)
{
    for (size_t i = 0; i < index->tip_count; i++) {
        if (strcmp(index->tips[i].ref, ref) == 0) {
            return &index->tips[i];
        }
    }
    index->tips = hb_realloc_array(index->tips, index->tip_count + 1,
                                   sizeof *index->tips);
    struct tip *tip = &index->tips[index->tip_count++];
    *tip = (struct tip){.ref = hb_strdup(ref)};
    return tip;
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
    if (deploy->id[0] != '\0' && deploy->late) {
        put_late(index, hash_of(deploy->id), &id);
    } else if (deploy->id[0] != '\0') {
        grow(index);
        put(index, hash_of(deploy->id), &id);
    }
    if (!on_branch) {
        return;
    }
    struct hb_index_module *module =
        module_of(index, deploy->target, deploy->module);
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
    char commit[HB_OID_SIZE];
    hb_buffer_print(&out, MAGIC);
    for (size_t i = 0; i < index->size; i++) {
        if (index->slots[i].hash != 0) {
            git_oid_tostr(commit, sizeof commit, &index->slots[i].commit);
            hb_buffer_print(&out, "i %llx %s\n",
                            (unsigned long long)index->slots[i].hash, commit);
        }
    }
    for (size_t i = 0; i < index->late_count; i++) {
        git_oid_tostr(commit, sizeof commit, &index->late[i].commit);
        hb_buffer_print(&out, "l %llx %s\n",
                        (unsigned long long)index->late[i].hash, commit);
    }
    for (const struct hb_index_module *module = index->modules; module != NULL;
         module = module->next) {
        hb_buffer_print(&out, "m %s ", module->target);
        hb_escape_word(&out, module->module);
        hb_buffer_print(&out, " ");
        hb_escape_word(&out, module->newest);
        hb_buffer_print(&out, " ");
        hb_escape_word(&out, module->given);
        hb_buffer_print(&out, " ");
        hb_escape_word(&out, module->found);
        hb_buffer_print(&out, "\n");
    }
    for (size_t i = 0; i < index->tip_count; i++) {
        hb_buffer_print(&out, "t %s %s\n", index->tips[i].ref,
                        index->tips[i].commit);
    }
    hb_buffer_print(&out, "end\n");
    if (!hb_file_replace(index->path, out.data, out.len, 0600, false, &err)) {
        LOG_WARN("%s; it will be made anew", err.message);
    }
    index->unsaved = 0;
    hb_buffer_release(&out);
}

static void take_word(char to[HB_OID_SIZE], const char **line)
{
    char *word = hb_unescape_word(line);
    snprintf(to, HB_OID_SIZE, "%s", word == NULL ? "" : word);
    free(word);
}

static bool read_line(struct hb_index *index, char kind, const char *line)
{
    char *first = hb_unescape_word(&line);
    bool ok = first != NULL;
    git_oid id;
    char commit[HB_OID_SIZE];
    if (ok && (kind == 'i' || kind == 'l')) {
        uint64_t hash = strtoull(first, NULL, 16);
        take_word(commit, &line);
        ok = hash != 0 && git_oid_fromstr(&id, commit) == 0;
        if (ok && kind == 'i') {
            grow(index);
            put(index, hash, &id);
        } else if (ok) {
            put_late(index, hash, &id);
        }
    } else if (ok && kind == 't') {
        take_word(tip_of(index, first)->commit, &line);
    } else if (ok && kind == 'm') {
        char *name = hb_unescape_word(&line);
        ok = name != NULL;
        if (ok) {
            struct hb_index_module *module = module_of(index, first, name);
            take_word(module->newest, &line);
            take_word(module->given, &line);
            take_word(module->found, &line);
        }
        free(name);
    } else {
        ok = false;
    }
    free(first);
    return ok;
}

static void forget(struct hb_index *index)
{
    while (index->modules != NULL) {
        struct hb_index_module *module = index->modules;
        index->modules = module->next;
        free(module->target);
        free(module->module);
        free(module);
    }
    for (size_t i = 0; i < index->tip_count; i++) {
        free(index->tips[i].ref);
    }
    free(index->tips);
    free(index->late);
    free(index->slots);
    *index = (struct hb_index){.repo = index->repo, .path = index->path};
}

/* A file that is not whole is no file. */
static void load(struct hb_index *index)
{
    char *bytes = NULL;
    size_t len = 0;
    if (!hb_file_read(index->path, FILE_MAX, &bytes, &len, NULL)) {
        return;
    }
    size_t magic = strlen(MAGIC);
    bool whole = strncmp(bytes, MAGIC, magic) == 0;
    bool ended = false;
    for (char *line = bytes + magic; whole && *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end == NULL) {
            break;
        }
        *end = '\0';
        ended = strcmp(line, "end") == 0;
        whole = ended || (line[0] != '\0' && line[1] == ' ' &&
                          read_line(index, line[0], line + 2));
        line = end + 1;
    }
    if (!whole || !ended) {
        forget(index);
    }
    free(bytes);
}

/* ---- the commits that the file lacks ---------------------------------- */

static bool catch_up(struct hb_index *index, const char *ref,
                     struct hb_error *err)
{
    struct hb_repo *repo = index->repo;
    struct tip *tip = tip_of(index, ref);
    char now[HB_OID_SIZE];
    git_revwalk *walk = NULL;
    git_oid id;
    bool branch = strncmp(ref, HB_REF_BRANCH, strlen(HB_REF_BRANCH)) == 0;
    if (!hb_repo_tip(repo, ref, now, err) || strcmp(now, tip->commit) == 0) {
        return err == NULL || err->code == HB_OK;
    }
    bool ok =
        git_revwalk_new(&walk, repo->git) == 0 &&
        git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL | GIT_SORT_REVERSE) ==
            0 &&
        git_oid_fromstr(&id, now) == 0 && git_revwalk_push(walk, &id) == 0;
    if (ok && tip->commit[0] != '\0' &&
        git_oid_fromstr(&id, tip->commit) == 0) {
        ok = git_revwalk_hide(walk, &id) == 0;
    }
    while (ok && git_revwalk_next(&id, walk) == 0) {
        char commit[HB_OID_SIZE];
        git_oid_tostr(commit, sizeof commit, &id);
        struct hb_deploy *deploy =
            hb_commit_read(repo, commit, NULL, NULL, NULL, NULL);
        if (deploy != NULL) {
            apply(index, deploy, commit, branch);
            hb_deploy_free(deploy);
        }
    }
    git_revwalk_free(walk);
    memcpy(tip->commit, now, sizeof tip->commit);
    index->unsaved++;
    return ok || hb_repo_error(err, "it cannot be read");
}

/* An index of commits that are not there any more is of no use. */
static bool is_of_this_repository(struct hb_index *index)
{
    for (size_t i = 0; i < index->tip_count; i++) {
        git_oid id;
        if (git_oid_fromstr(&id, index->tips[i].commit) != 0 ||
            !git_odb_exists(index->repo->odb, &id)) {
            return false;
        }
    }
    return true;
}

struct hb_index *hb_index_open(struct hb_repo *repo, struct hb_error *err)
{
    struct hb_index *index = hb_alloc(sizeof *index);
    git_strarray refs = {0};
    bool ok = true;
    index->repo = repo;
    index->path = hb_path_join(repo->path, "hotbridge.index");
    load(index);
    if (!is_of_this_repository(index)) {
        forget(index);
    }
    if (git_reference_list(&refs, repo->git) != 0) {
        ok = hb_repo_error(err, "its branches cannot be listed");
    }
    for (size_t i = 0; ok && i < refs.count; i++) {
        const char *ref = refs.strings[i];
        if (strncmp(ref, HB_REF_BRANCH, strlen(HB_REF_BRANCH)) == 0 ||
            strncmp(ref, HB_REF_UNDELIVERED, strlen(HB_REF_UNDELIVERED)) == 0) {
            ok = catch_up(index, ref, err);
        }
    }
    git_strarray_dispose(&refs);
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
    forget(index);
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
    memcpy(tip_of(index, ref)->commit, commit, HB_OID_SIZE);
    free(ref);
    if (++index->unsaved >= SAVE_AFTER) {
        save(index);
    }
}

bool hb_index_find(struct hb_index *index, const char *id,
                   char commit[HB_OID_SIZE], char late[HB_OID_SIZE])
{
    uint64_t hash = hash_of(id);
    commit[0] = '\0';
    late[0] = '\0';
    for (size_t at = index->size == 0 ? 0 : hash & (index->size - 1);
         index->size != 0 && index->slots[at].hash != 0;
         at = (at + 1) & (index->size - 1)) {
        if (index->slots[at].hash == hash) {
            git_oid_tostr(commit, HB_OID_SIZE, &index->slots[at].commit);
            break;
        }
    }
    for (size_t i = 0; i < index->late_count; i++) {
        if (index->late[i].hash == hash) {
            git_oid_tostr(late, HB_OID_SIZE, &index->late[i].commit);
        }
    }
    return commit[0] != '\0';
}

const struct hb_index_module *
hb_index_module(struct hb_index *index, const char *target, const char *module)
{
    static const struct hb_index_module none;
    const struct hb_index_module *entry = index->modules;
    while (entry != NULL && (strcmp(entry->module, module) != 0 ||
                             strcmp(entry->target, target) != 0)) {
        entry = entry->next;
    }
    return entry == NULL ? &none : entry;
}

const struct hb_index_module *hb_index_modules(const struct hb_index *index)
{
    return index->modules;
}
