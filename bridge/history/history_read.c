#include "history/history.h"

#include "base/alloc.h"
#include "history/job.h"

#include <stdlib.h>
#include <string.h>

static void pending_work(struct hb_history_job *job)
{
    hb_read_pending(&job->history->books, &job->pending, &job->pending_count,
                    &job->err);
}

static void pending_done(struct hb_history_job *job)
{
    job->done.pending(job->user, hb_history_job_error(job), job->pending,
                      job->pending_count);
}

void hb_history_pending(struct hb_history *history, hb_pending_fn done,
                        void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.pending = done;
    hb_history_submit(job, pending_work, pending_done);
}

static void get_work(struct hb_history_job *job)
{
    job->found = hb_read_get(&job->history->books, job->from, &job->err);
}

static void get_done(struct hb_history_job *job)
{
    job->done.deploy(job->user, hb_history_job_error(job), job->found);
}

void hb_history_get(struct hb_history *history, const char *id,
                    hb_deploy_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.deploy = done;
    job->from = hb_strdup(id);
    hb_history_submit(job, get_work, get_done);
}

static void list_work(struct hb_history_job *job)
{
    hb_read_list(&job->history->books, &job->query, &job->page, &job->err);
}

static void list_done(struct hb_history_job *job)
{
    job->done.list(job->user, hb_history_job_error(job), job->page.deploys,
                   job->page.count,
                   job->page.next[0] == '\0' ? NULL : job->page.next);
}

void hb_history_list(struct hb_history *history,
                     const struct hb_history_query *query, hb_list_fn done,
                     void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.list = done;
    job->target = hb_strdup(query->target);
    job->module = hb_strdup(query->module);
    job->from = hb_strdup(query->before);
    job->query = *query;
    job->query.target = job->target;
    job->query.module = job->module;
    job->query.before = job->from;
    hb_history_submit(job, list_work, list_done);
}

static void bytes_done(struct hb_history_job *job)
{
    job->done.bytes(job->user, hb_history_job_error(job), job->text,
                    job->text_len, job->commit);
}

static struct hb_history_job *bytes_job(struct hb_history *history,
                                        const char *target, const char *module,
                                        const char *from, const char *to,
                                        hb_bytes_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.bytes = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    job->from = hb_strdup(from);
    job->to = hb_strdup(to);
    return job;
}

static void source_work(struct hb_history_job *job)
{
    struct hb_books *books = &job->history->books;
    if (hb_read_resolve(books, job->target, job->module, job->from, job->commit,
                        &job->err)) {
        hb_read_source(books, job->module, job->commit, &job->text,
                       &job->text_len, &job->err);
    }
}

void hb_history_source(struct hb_history *history, const char *target,
                       const char *module, const char *commit, hb_bytes_fn done,
                       void *user)
{
    hb_history_submit(
        bytes_job(history, target, module, commit, NULL, done, user),
        source_work, bytes_done);
}

static void diff_work(struct hb_history_job *job)
{
    hb_read_diff(&job->history->books, job->target, job->module, job->from,
                 job->to, &job->text, &job->text_len, &job->err);
}

void hb_history_diff(struct hb_history *history, const char *target,
                     const char *module, const char *from, const char *to,
                     hb_bytes_fn done, void *user)
{
    hb_history_submit(bytes_job(history, target, module, from, to, done, user),
                      diff_work, bytes_done);
}

static void rollback_work(struct hb_history_job *job)
{
    struct hb_books *books = &job->history->books;
    if (hb_read_rollback(books, job->target, job->module, job->from, job->to,
                         job->commit, &job->err)) {
        hb_read_source(books, job->module, job->commit, &job->text,
                       &job->text_len, &job->err);
    }
}

void hb_history_rollback(struct hb_history *history, const char *target,
                         const char *module, const char *commit,
                         const char *now, hb_bytes_fn done, void *user)
{
    hb_history_submit(
        bytes_job(history, target, module, commit, now, done, user),
        rollback_work, bytes_done);
}

static void live_work(struct hb_history_job *job)
{
    hb_read_live(&job->history->books, job->target, job->module, &job->live,
                 &job->live_count, &job->err);
}

static void live_done(struct hb_history_job *job)
{
    job->done.live(job->user, hb_history_job_error(job), job->live,
                   job->live_count);
}

void hb_history_live(struct hb_history *history, const char *target,
                     const char *module, hb_live_fn done, void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.live = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    hb_history_submit(job, live_work, live_done);
}

/* The older deploy of that version, and the last one. */
static bool find_older(struct hb_books *books, const char *target,
                       const char *last, struct hb_lying *lying,
                       struct hb_error *err)
{
    const struct hb_history_query query = {
        .target = target, .module = lying->module, .limit = HB_HISTORY_OLDER};
    struct hb_page page = {0};
    bool ok = hb_read_list(books, &query, &page, err);
    for (size_t i = 0; i < page.count; i++) {
        const struct hb_deploy *deploy = page.deploys[i];
        if (deploy->trigger == HB_TRIGGER_FOUND) {
            continue;
        }
        if (lying->given[0] == '\0' && strcmp(deploy->blob, last) == 0) {
            memcpy(lying->given, deploy->commit, HB_OID_SIZE);
        } else if (lying->given[0] != '\0' &&
                   strcmp(deploy->blob, lying->blob) == 0) {
            memcpy(lying->commit, deploy->commit, HB_OID_SIZE);
            break;
        }
    }
    hb_page_release(&page);
    return ok;
}

static void older_work(struct hb_history_job *job)
{
    struct hb_books *books = &job->history->books;
    for (size_t i = 0; i < job->lying_count; i++) {
        struct hb_lying *lying = &job->lying[i];
        const char *last =
            hb_index_module(books->index, job->target, lying->module)->given;
        lying->last = strcmp(last, lying->blob) == 0;
        if (last[0] != '\0' && !lying->last &&
            !find_older(books, job->target, last, lying, &job->err)) {
            return;
        }
    }
}

static void older_done(struct hb_history_job *job)
{
    job->done.lying(job->user, hb_history_job_error(job), job->lying,
                    job->lying_count);
}

void hb_history_older(struct hb_history *history, const char *target,
                      struct hb_lying *lying, size_t count, hb_lying_fn done,
                      void *user)
{
    struct hb_history_job *job = hb_history_job_new(history, user);
    job->done.lying = done;
    job->target = hb_strdup(target);
    job->lying = lying;
    job->lying_count = count;
    hb_history_submit(job, older_work, older_done);
}

void hb_lying_free(struct hb_lying *lying, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(lying[i].module);
    }
    free(lying);
}
