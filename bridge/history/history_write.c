#include "history/history.h"

#include "base/alloc.h"
#include "history/job.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Ids are the same in either case; the history writes them in lower case. */
static struct hb_deploy *take_deploy(const struct hb_deploy *deploy)
{
    struct hb_deploy *copy = hb_deploy_copy(deploy);
    for (char *at = copy->id; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return copy;
}

static void take_bytes(struct hb_history_job *job, const char *bytes,
                       size_t len)
{
    job->bytes = hb_alloc(len + 1);
    memcpy(job->bytes, bytes, len);
    job->len = len;
}

static void attempt_work(struct hb_history_job *job)
{
    struct hb_deploy *deploy = job->deploy;
    bool again =
        job->marks != NULL; /* after a repair: marks stay as they are */
    job->mark_count = deploy->server_count;
    if (!again) {
        job->marks = hb_alloc((job->mark_count + 1) * sizeof *job->marks);
    }
    for (size_t i = 0; !again && i < job->mark_count; i++) {
        job->marks[i].server = hb_strdup(deploy->servers[i].name);
        if (job->mark != NULL && i < job->logs.count &&
            job->logs.items[i] != NULL) {
            job->mark(job->logs.items[i], &job->marks[i].inode,
                      &job->marks[i].offset);
        }
    }
    hb_write_attempt(&job->history->books, deploy, job->bytes, job->len,
                     job->marks, job->mark_count, &job->attempt, &job->err);
}

static void attempt_done(struct hb_history_job *job)
{
    job->done.attempt(job->user, hb_history_job_error(job), &job->attempt);
}

void hb_history_attempt(struct hb_history *history,
                        const struct hb_deploy *deploy, const char *bytes,
                        size_t len, const struct hb_strings *logs,
                        hb_mark_fn mark, hb_attempt_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.attempt = done;
    job->deploy = take_deploy(deploy);
    take_bytes(job, bytes, len);
    if (logs != NULL) {
        hb_strings_copy(&job->logs, logs);
    }
    job->mark = mark;
    job->writes = true;
    hb_history_submit(job, attempt_work, attempt_done);
}

static void commit_done(struct hb_history_job *job)
{
    struct hb_history *history = job->history;
    job->done.commit(job->user, hb_history_job_error(job), job->commit);
    if (job->err.code == HB_OK) {
        hb_upkeep_count(history->upkeep);
    }
}

static void end_work(struct hb_history_job *job)
{
    hb_write_end_attempt(&job->history->books, job->from);
}

static void outcome_done(struct hb_history_job *job)
{
    if (job->err.code == HB_OK) {
        struct hb_history_job *end = hb_history_job_new(job->history, NULL);
        end->from = hb_strdup(job->deploy->id);
        hb_history_submit(end, end_work, NULL);
    }
    commit_done(job);
}

static void outcome_work(struct hb_history_job *job)
{
    hb_write_outcome(&job->history->books, job->deploy, job->commit, &job->err);
}

void hb_history_outcome(struct hb_history *history,
                        const struct hb_deploy *deploy, hb_commit_fn done,
                        void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    job->writes = true;
    hb_history_submit(job, outcome_work, outcome_done);
}

static void rejected_work(struct hb_history_job *job)
{
    hb_write_rejected(&job->history->books, job->deploy, job->bytes, job->len,
                      job->commit, &job->err);
}

void hb_history_rejected(struct hb_history *history,
                         const struct hb_deploy *deploy, const char *bytes,
                         size_t len, hb_commit_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    take_bytes(job, bytes, len);
    job->writes = true;
    hb_history_submit(job, rejected_work, commit_done);
}

static void found_work(struct hb_history_job *job)
{
    hb_write_found(&job->history->books, job->target, job->module, job->from,
                   job->bytes, job->len, job->commit, &job->err);
}

void hb_history_found(struct hb_history *history, const char *target,
                      const char *module, const char *where, const char *bytes,
                      size_t len, hb_commit_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.commit = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    job->from = hb_strdup(where);
    take_bytes(job, bytes, len);
    job->writes = true;
    hb_history_submit(job, found_work, commit_done);
}

static void late_work(struct hb_history_job *job)
{
    hb_write_late(&job->history->books, job->deploy, job->commit, &job->err);
}

void hb_history_late(struct hb_history *history, const struct hb_deploy *deploy,
                     hb_commit_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    job->writes = true;
    hb_history_submit(job, late_work, commit_done);
}

static void delivering_work(struct hb_history_job *job)
{
    hb_write_delivering(&job->history->books, job->from, job->marks,
                        job->mark_count, &job->err);
}

static void delivering_done(struct hb_history_job *job)
{
    job->done.commit(job->user, hb_history_job_error(job), "");
}

void hb_history_delivering(struct hb_history *history, const char *id,
                           const struct hb_log_mark *marks, size_t count,
                           hb_commit_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.commit = done;
    job->from = hb_strdup(id);
    job->marks = hb_alloc((count + 1) * sizeof *job->marks);
    job->mark_count = count;
    for (size_t i = 0; i < count; i++) {
        job->marks[i] = marks[i];
        job->marks[i].server = hb_strdup(marks[i].server);
    }
    job->writes = true;
    hb_history_submit(job, delivering_work, delivering_done);
}
