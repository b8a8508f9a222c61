#include "history/history.h"

#include "base/alloc.h"
#include "base/lane.h"
#include "history/message.h"
#include "history/read.h"
#include "history/upkeep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct hb_history {
    uv_loop_t *loop;
    struct hb_lane lane;
    struct hb_books books;
    struct hb_upkeep *upkeep;
};

/* One struct for all jobs: what they take, and what comes of it. */
struct history_job {
    struct hb_job base;
    struct hb_history *history;
    struct hb_error err;
    void *user;
    union {
        hb_attempt_fn attempt;
        hb_commit_fn commit;
        hb_pending_fn pending;
        hb_deploy_fn deploy;
        hb_list_fn list;
        hb_bytes_fn bytes;
        hb_live_fn live;
    } done;
    /* taken */
    struct hb_deploy *deploy;
    char *bytes;
    size_t len;
    char *target;
    char *module;
    char *from; /* a commit, a place, or a page */
    char *to;
    struct hb_strings logs;
    hb_mark_fn mark;
    struct hb_log_mark *marks;
    size_t mark_count;
    struct hb_history_query query;
    /* given */
    struct hb_attempt_result attempt;
    char commit[HB_OID_SIZE];
    struct hb_deploy *found;
    struct hb_page page;
    char *text;
    size_t text_len;
    struct hb_live *live;
    size_t live_count;
    struct hb_pending *pending;
    size_t pending_count;
};

static struct history_job *new_job(struct hb_history *history, void *user)
{
    struct history_job *job = hb_alloc(sizeof *job);
    job->history = history;
    job->user = user;
    return job;
}

static void free_job(struct history_job *job)
{
    hb_deploy_free(job->deploy);
    hb_deploy_free(job->found);
    hb_strings_release(&job->logs);
    hb_message_free_marks(job->marks, job->mark_count);
    hb_page_release(&job->page);
    hb_read_free_live(job->live, job->live_count);
    hb_read_free_pending(job->pending, job->pending_count);
    free(job->bytes);
    free(job->target);
    free(job->module);
    free(job->from);
    free(job->to);
    free(job->text);
    free(job);
}

/* Ids are the same in either case; the history writes them in lower case. */
static struct hb_deploy *take_deploy(const struct hb_deploy *deploy)
{
    struct hb_deploy *copy = hb_deploy_copy(deploy);
    for (char *at = copy->id; *at != '\0'; at++) {
        *at = (char)tolower((unsigned char)*at);
    }
    return copy;
}

static void submit(struct history_job *job, hb_job_fn work, hb_job_fn done)
{
    hb_lane_submit(&job->history->lane, &job->base, work, done);
}

static void take_bytes(struct history_job *job, const char *bytes, size_t len)
{
    job->bytes = hb_alloc(len + 1);
    memcpy(job->bytes, bytes, len);
    job->len = len;
}

static const struct hb_error *error_of(const struct history_job *job)
{
    return job->err.code == HB_OK ? NULL : &job->err;
}

/* ---- writing ---------------------------------------------------------- */

static void attempt_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    struct hb_deploy *deploy = job->deploy;
    job->mark_count = deploy->server_count;
    job->marks = hb_alloc((job->mark_count + 1) * sizeof *job->marks);
    for (size_t i = 0; i < job->mark_count; i++) {
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

static void attempt_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.attempt(job->user, error_of(job), &job->attempt);
    free_job(job);
}

void hb_history_attempt(struct hb_history *history,
                        const struct hb_deploy *deploy, const char *bytes,
                        size_t len, const struct hb_strings *logs,
                        hb_mark_fn mark, hb_attempt_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.attempt = done;
    job->deploy = take_deploy(deploy);
    take_bytes(job, bytes, len);
    if (logs != NULL) {
        hb_strings_copy(&job->logs, logs);
    }
    job->mark = mark;
    submit(job, attempt_work, attempt_done);
}

static void commit_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    struct hb_history *history = job->history;
    job->done.commit(job->user, error_of(job), job->commit);
    if (job->err.code == HB_OK) {
        hb_upkeep_count(history->upkeep);
    }
    free_job(job);
}

static void outcome_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_write_outcome(&job->history->books, job->deploy, job->commit, &job->err);
}

void hb_history_outcome(struct hb_history *history,
                        const struct hb_deploy *deploy, hb_commit_fn done,
                        void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    submit(job, outcome_work, commit_done);
}

static void rejected_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_write_rejected(&job->history->books, job->deploy, job->bytes, job->len,
                      job->commit, &job->err);
}

void hb_history_rejected(struct hb_history *history,
                         const struct hb_deploy *deploy, const char *bytes,
                         size_t len, hb_commit_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    take_bytes(job, bytes, len);
    submit(job, rejected_work, commit_done);
}

static void found_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_write_found(&job->history->books, job->target, job->module, job->from,
                   job->bytes, job->len, job->commit, &job->err);
}

void hb_history_found(struct hb_history *history, const char *target,
                      const char *module, const char *where, const char *bytes,
                      size_t len, hb_commit_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.commit = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    job->from = hb_strdup(where);
    take_bytes(job, bytes, len);
    submit(job, found_work, commit_done);
}

static void late_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_write_late(&job->history->books, job->deploy, job->commit, &job->err);
}

void hb_history_late(struct hb_history *history, const struct hb_deploy *deploy,
                     hb_commit_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.commit = done;
    job->deploy = take_deploy(deploy);
    submit(job, late_work, commit_done);
}

static void delivering_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_write_delivering(&job->history->books, job->from, job->marks,
                        job->mark_count, &job->err);
}

static void delivering_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.commit(job->user, error_of(job), "");
    free_job(job);
}

void hb_history_delivering(struct hb_history *history, const char *id,
                           const struct hb_log_mark *marks, size_t count,
                           hb_commit_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.commit = done;
    job->from = hb_strdup(id);
    job->marks = hb_alloc((count + 1) * sizeof *job->marks);
    job->mark_count = count;
    for (size_t i = 0; i < count; i++) {
        job->marks[i] = marks[i];
        job->marks[i].server = hb_strdup(marks[i].server);
    }
    submit(job, delivering_work, delivering_done);
}

/* ---- reading ---------------------------------------------------------- */

static void pending_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_read_pending(&job->history->books, &job->pending, &job->pending_count,
                    &job->err);
}

static void pending_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.pending(job->user, error_of(job), job->pending,
                      job->pending_count);
    free_job(job);
}

void hb_history_pending(struct hb_history *history, hb_pending_fn done,
                        void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.pending = done;
    submit(job, pending_work, pending_done);
}

static void get_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->found = hb_read_get(&job->history->books, job->from, &job->err);
}

static void get_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.deploy(job->user, error_of(job), job->found);
    free_job(job);
}

void hb_history_get(struct hb_history *history, const char *id,
                    hb_deploy_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.deploy = done;
    job->from = hb_strdup(id);
    submit(job, get_work, get_done);
}

static void list_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_read_list(&job->history->books, &job->query, &job->page, &job->err);
}

static void list_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.list(job->user, error_of(job), job->page.deploys, job->page.count,
                   job->page.next[0] == '\0' ? NULL : job->page.next);
    free_job(job);
}

void hb_history_list(struct hb_history *history,
                     const struct hb_history_query *query, hb_list_fn done,
                     void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.list = done;
    job->target = hb_strdup(query->target);
    job->module = hb_strdup(query->module);
    job->from = hb_strdup(query->before);
    job->query = *query;
    job->query.target = job->target;
    job->query.module = job->module;
    job->query.before = job->from;
    submit(job, list_work, list_done);
}

static void bytes_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.bytes(job->user, error_of(job), job->text, job->text_len,
                    job->commit);
    free_job(job);
}

static struct history_job *bytes_job(struct hb_history *history,
                                     const char *target, const char *module,
                                     const char *from, const char *to,
                                     hb_bytes_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.bytes = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    job->from = hb_strdup(from);
    job->to = hb_strdup(to);
    return job;
}

static void source_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
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
    submit(bytes_job(history, target, module, commit, NULL, done, user),
           source_work, bytes_done);
}

static void diff_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_read_diff(&job->history->books, job->target, job->module, job->from,
                 job->to, &job->text, &job->text_len, &job->err);
}

void hb_history_diff(struct hb_history *history, const char *target,
                     const char *module, const char *from, const char *to,
                     hb_bytes_fn done, void *user)
{
    submit(bytes_job(history, target, module, from, to, done, user), diff_work,
           bytes_done);
}

static void rollback_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
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
    submit(bytes_job(history, target, module, commit, now, done, user),
           rollback_work, bytes_done);
}

static void live_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_read_live(&job->history->books, job->target, job->module, &job->live,
                 &job->live_count, &job->err);
}

static void live_done(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    job->done.live(job->user, error_of(job), job->live, job->live_count);
    free_job(job);
}

void hb_history_live(struct hb_history *history, const char *target,
                     const char *module, hb_live_fn done, void *user)
{
    struct history_job *job = new_job(history, user);
    job->done.live = done;
    job->target = hb_strdup(target);
    job->module = hb_strdup(module);
    submit(job, live_work, live_done);
}

/* ---- the repository --------------------------------------------------- */

struct hb_history *hb_history_open(uv_loop_t *loop,
                                   const struct hb_history_options *options,
                                   char **notice, struct hb_error *err)
{
    struct hb_history *history = hb_alloc(sizeof *history);
    history->loop = loop;
    if (!hb_repo_open(&history->books.repo, options->path, notice, err)) {
        free(history);
        return NULL;
    }
    history->books.index = hb_index_open(&history->books.repo, err);
    if (history->books.index == NULL ||
        (options->default_target != NULL &&
         !hb_repo_set_head(&history->books.repo, options->default_target,
                           err))) {
        hb_index_close(history->books.index);
        hb_repo_release(&history->books.repo);
        free(history);
        return NULL;
    }
    hb_lane_init(&history->lane, loop);
    history->upkeep = hb_upkeep_new(loop, options->path);
    return history;
}

bool hb_history_idle(const struct hb_history *history)
{
    return history->lane.count == 0;
}

void hb_history_close(struct hb_history *history)
{
    if (history == NULL) {
        return;
    }
    hb_upkeep_free(history->upkeep);
    hb_index_close(history->books.index);
    hb_repo_release(&history->books.repo);
    hb_lane_release(&history->lane);
    free(history);
}

static void head_work(struct hb_job *base)
{
    struct history_job *job = (struct history_job *)base;
    hb_repo_set_head(&job->history->books.repo, job->target, &job->err);
}

static void head_done(struct hb_job *base)
{
    free_job((struct history_job *)base);
}

void hb_history_set_default(struct hb_history *history, const char *target)
{
    if (target != NULL) {
        struct history_job *job = new_job(history, NULL);
        job->target = hb_strdup(target);
        submit(job, head_work, head_done);
    }
}
