#include "history/commit.h"

#include "history/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct hb_deploy *hb_commit_read(struct hb_repo *repo, const char *name,
                                 char parent[HB_OID_SIZE],
                                 struct hb_log_mark **marks, size_t *mark_count,
                                 struct hb_error *err)
{
    git_oid id;
    git_commit *commit = NULL;
    struct hb_deploy *deploy = NULL;
    bool named =
        strlen(name) == HB_OID_SIZE - 1 && git_oid_fromstr(&id, name) == 0;
    int code = named ? git_commit_lookup(&commit, repo->git, &id) : 0;
    if (commit == NULL) {
        /* Whoever asks has the id from a ref or another commit. */
        repo->suspect =
            repo->suspect || (named && !hb_oids_has(&repo->lost, &id));
        if (code != 0 && code != GIT_ENOTFOUND) {
            hb_repo_error(err, "a commit cannot be read");
        }
        hb_error_set(err, HB_ECOMMIT, "there is no commit %.40s", name);
        return NULL;
    }
    if (parent != NULL) {
        const git_oid *before = git_commit_parent_id(commit, 0);
        parent[0] = '\0';
        if (before != NULL) {
            git_oid_tostr(parent, HB_OID_SIZE, before);
        }
    }
    deploy = hb_deploy_new();
    if (!hb_message_read(git_commit_message(commit), deploy, marks,
                         mark_count)) {
        hb_error_set(err, HB_ECOMMIT, "the commit %.40s is not a deploy", name);
        hb_deploy_free(deploy);
        deploy = NULL;
        goto out;
    }
    deploy->state = HB_STATE_DONE;
    snprintf(deploy->commit, sizeof deploy->commit, "%s", name);
    if (deploy->finished <= 0 && deploy->outcome != HB_OUTCOME_NONE) {
        deploy->finished = (int64_t)git_commit_time(commit) * 1000;
    }
    if (deploy->trigger == HB_TRIGGER_FOUND) {
        deploy->live = false;
    }
out:
    git_commit_free(commit);
    return deploy;
}

void hb_commit_fold(struct hb_deploy *deploy, const struct hb_deploy *late)
{
    struct hb_deploy *copy = hb_deploy_copy(late);
    struct hb_deploy_server *servers = deploy->servers;
    size_t count = deploy->server_count;
    deploy->servers = copy->servers;
    deploy->server_count = copy->server_count;
    copy->servers = servers;
    copy->server_count = count;
    deploy->late = true;
    deploy->live = late->live;
    hb_deploy_free(copy);
}
