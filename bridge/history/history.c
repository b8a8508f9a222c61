#include "history/history.h"

#include "base/alloc.h"
#include "history/job.h"
#include "history/message.h"
#include "history/settle.h"

#include <stdlib.h>
#include <string.h>

#define LOG_MODULE "history"
#include "base/log.h"

/* ---- jobs ------------------------------------------------------------- */

struct hb_history_job *hb_history_job_new(struct hb_history *history,
                                          void *user)
{
    struct hb_history_job *job = hb_alloc(sizeof *job);
    job->history = history;
    job->user = user;
    return job;
}

static void free_job(struct hb_history_job *job)
{
    hb_deploy_free(job->deploy);
    hb_deploy_free(job->found);
    hb_strings_release(&job->logs);
    hb_message_free_marks(job->marks, job->mark_count);
    hb_page_release(&job->page);
    hb_read_free_live(job->live, job->live_count);
    hb_lying_free(job->lying, job->lying_count);
    hb_read_free_pending(job->pending, job->pending_count);
    free(job->bytes);
    free(job->target);
    free(job->module);
    free(job->from);
    free(job->to);
    free(job->text);
    free(job);
}

const struct hb_error *hb_history_job_error(const struct hb_history_job *job)
{
    return job->err.code == HB_OK ? NULL : &job->err;
}

/* A repair that could not make a new repository left none: whoever comes next
 * tries again. */
static bool have_books(struct hb_history *history, struct hb_error *err)
{
    char *notice = NULL;
    bool ok = history->books.index != NULL ||
              hb_books_open(&history->books, history->path, &notice, err);
    if (notice != NULL) {
        LOG_WARN("%s", notice);
    }
    free(notice);
    return ok;
}

static void do_work(struct hb_history_job *job)
{
    struct hb_books *books = &job->history->books;
    job->work(job);
    if (job->err.code == HB_EHISTORY && job->writes &&
        hb_books_mend(books, false)) {
        hb_error_clear(&job->err);
        job->work(job);
    }
    job->suspect =
        books->repo.suspect || (job->err.code == HB_EHISTORY && !job->writes);
    books->repo.suspect = false;
}

static void on_work(struct hb_job *base)
{
    struct hb_history_job *job = (struct hb_history_job *)base;
    struct hb_repo *repo = &job->history->books.repo;
    if (have_books(job->history, &job->err)) {
        do_work(job);
        job->unsettled = hb_settle_left(repo) > 0;
        job->settle_due = hb_settle_is_due(repo);
    }
}

static void settle(struct hb_history *history);

/* What a job has left to do for the upkeep. */
static void look_after(const struct hb_history_job *job)
{
    struct hb_history *history = job->history;
    if (job->suspect) {
        hb_upkeep_check(history->upkeep);
    }
    if (job->failed) {
        hb_upkeep_settle(history->upkeep, HB_SETTLE_AGAIN_MS);
    } else if (job->settle_due && job->writes) {
        settle(history);
    } else if (job->unsettled && job->writes) {
        hb_upkeep_settle(history->upkeep, HB_SETTLE_QUIET_MS);
    }
}

static void on_done(struct hb_job *base)
{
    struct hb_history_job *job = (struct hb_history_job *)base;
    if (!job->history->ending) {
        look_after(job);
    }
    if (job->told != NULL) {
        job->told(job);
    }
    free_job(job);
}

void hb_history_submit(struct hb_history_job *job,
                       void (*work)(struct hb_history_job *job),
                       void (*told)(struct hb_history_job *job))
{
    job->work = work;
    job->told = told;
    hb_lane_submit(&job->history->lane, &job->base, on_work, on_done);
}

/* ---- what goes to the disk in its own time ----------------------------- */

static void settle_work(struct hb_history_job *job)
{
    struct hb_repo *repo = &job->history->books.repo;
    struct hb_error err = {0};
    if (!hb_settle(repo, hb_settle_piece(repo), &err)) {
        LOG_WARN("%s; it stays in the journal, and is tried again",
                 err.message);
        job->failed = true;
    }
}

/* The next piece follows, unless somebody deploys. */
static void settle_done(struct hb_history_job *job)
{
    struct hb_history *history = job->history;
    history->settling = false;
    if (!job->unsettled || job->failed || history->ending) {
        return;
    }
    if (job->settle_due || history->lane.count == 0) {
        settle(history);
    } else {
        hb_upkeep_settle(history->upkeep, HB_SETTLE_QUIET_MS);
    }
}

static void settle(struct hb_history *history)
{
    if (!history->settling) {
        history->settling = true;
        hb_history_submit(hb_history_job_new(history, NULL), settle_work,
                          settle_done);
    }
}

static void on_quiet(void *user)
{
    settle(user);
}

/* ---- the repository --------------------------------------------------- */

static void refresh_work(struct hb_history_job *job)
{
    if (!hb_repo_refresh(&job->history->books.repo, &job->err)) {
        LOG_WARN("%s", job->err.message);
    }
}

static void on_packed(void *user)
{
    hb_history_submit(hb_history_job_new(user, NULL), refresh_work, NULL);
}

/* What was found may be of a repository that has been set aside meanwhile: then
 * nothing is known of the one that took its place. */
static void mend_work(struct hb_history_job *job)
{
    struct hb_books *books = &job->history->books;
    if (books->repo.number == job->repository) {
        hb_books_mend(books, true);
    } else {
        LOG_INFO("what the check found was in a history that is set aside by "
                 "now: the new one is checked");
        books->repo.suspect = true;
    }
}

static void on_damaged(void *user, uint64_t repository)
{
    struct hb_history_job *job = hb_history_job_new(user, NULL);
    job->repository = repository;
    hb_history_submit(job, mend_work, NULL);
}

struct hb_history *hb_history_open(uv_loop_t *loop,
                                   const struct hb_history_options *options,
                                   char **notice, struct hb_error *err)
{
    struct hb_history *history = hb_alloc(sizeof *history);
    const struct hb_upkeep_listener listener = {.damaged = on_damaged,
                                                .packed = on_packed,
                                                .quiet = on_quiet,
                                                .user = history};
    *notice = NULL;
    history->loop = loop;
    if (!hb_books_open(&history->books, options->path, notice, err)) {
        free(history);
        return NULL;
    }
    if (options->default_target != NULL &&
        !hb_repo_set_head(&history->books.repo, options->default_target, err)) {
        hb_books_close(&history->books);
        free(history);
        return NULL;
    }
    history->path = hb_strdup(options->path);
    hb_lane_init(&history->lane, loop);
    history->upkeep =
        hb_upkeep_new(loop, options->path, options->checker, &listener);
    return history;
}

bool hb_history_idle(const struct hb_history *history)
{
    return history->lane.count == 0;
}

void hb_history_end(struct hb_history *history)
{
    history->ending = true;
    hb_upkeep_free(history->upkeep);
    history->upkeep = NULL;
}

void hb_history_close(struct hb_history *history)
{
    struct hb_error err = {0};
    if (history == NULL) {
        return;
    }
    hb_upkeep_free(history->upkeep);
    if (history->books.index != NULL &&
        !hb_settle(&history->books.repo, SIZE_MAX, &err)) {
        LOG_WARN("%s; the next start tries again", err.message);
    }
    hb_books_close(&history->books);
    hb_lane_release(&history->lane);
    free(history->path);
    free(history);
}

static void head_work(struct hb_history_job *job)
{
    hb_repo_set_head(&job->history->books.repo, job->target, &job->err);
}

static void head_done(struct hb_history_job *job)
{
    if (job->err.code != HB_OK) {
        LOG_WARN("HEAD stays at the branch of another target: %s",
                 job->err.message);
    }
}

void hb_history_set_default(struct hb_history *history, const char *target)
{
    if (target != NULL) {
        struct hb_history_job *job = hb_history_job_new(history, NULL);
        job->target = hb_strdup(target);
        job->writes = true;
        hb_history_submit(job, head_work, head_done);
    }
}
