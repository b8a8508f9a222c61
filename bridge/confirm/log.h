/*
 * The logs that are followed, and for each module that a deploy waits for
 * the count of its triggers and answers. Private to bridge/confirm.
 *
 *     confirm.c   the logs, modules and the one timer
 *     follow.h, trail.h    a log's lines, through its rotations
 *     match.h     what a line says; wanted.h: may it say something at all?,
 *                 home.h: of which module?, names.h: of which services?
 *     answer.c    lines of a module gathered into answers
 *     witness.h, judge.h    the server's own files, and what counts as proof
 *     watch.h     what answers, silence and deadlines mean for a deploy
 *
 * A trigger is whatever makes a server import a module: a delivery, a nudge,
 * somebody else's change. Each process of the server answers each trigger in
 * order, so its n-th answer is to the n-th trigger. Thread: loop.
 */
#ifndef HB_CONFIRM_LOG_H
#define HB_CONFIRM_LOG_H

#include "confirm/confirm.h"
#include "confirm/follow.h"
#include "confirm/judge.h"
#include "confirm/match.h"

/* Processes of one server whose answers are counted. */
#define HB_LOG_PROCESSES 64

struct hb_answers {
    char process[24];
    unsigned count;
};

/* Lines of one thread that make one answer together. */
struct hb_group {
    struct hb_group *next;
    char *process;
    char *thread;
    struct hb_strings names; /* models so far */
    char *error;             /* traceback, or NULL */
    size_t error_len;
    char *path;
    struct hb_written written; /* its last line */
    double closes;             /* monotonic: when no more is waited for */
};

struct hb_topic { /* a module on one server */
    struct hb_topic *next;
    struct hb_log *log;
    char *target;
    char *module;
    unsigned triggers;
    struct hb_answers answers[HB_LOG_PROCESSES];
    size_t answer_count;
    struct hb_group *groups;
    double last_word;
    uint64_t since_inode; /* lines before are not about our triggers */
    uint64_t since_offset;
    unsigned since_turn; /* in which that file is read; 0: not yet reached */
};

struct hb_log {
    struct hb_log *next;
    struct hb_confirm *confirm;
    struct hb_server *server; /* in a target of its own */
    struct hb_target *holder;
    struct hb_follower *follower;
    struct hb_matcher *matcher;
    struct hb_topic *topics;
    uint64_t line_inode; /* of the line that is being matched */
    uint64_t line_offset;
    unsigned line_turn;
    struct hb_written line_written;
    bool silent; /* found silent, and has not spoken since */
    bool deaf;   /* its file observer could not be started */
    bool gap;
};

struct hb_answer {
    bool good;
    unsigned number; /* which trigger of its process it answers */
    const char *process;
    const struct hb_strings *names;
    const char *error; /* traceback, or NULL */
    size_t error_len;
    const char *path;
    struct hb_written written;
};

struct hb_confirm {
    uv_loop_t *loop;
    uv_timer_t timer;
    struct hb_log *logs;
    struct hb_watch *watches;
    unsigned changes; /* of the list of watches: a walk begins anew */
    unsigned jobs;
    bool freed;
    bool timer_closed;
    /* services that were confirmed, and by which module */
    struct hb_strings service_names;
    struct hb_strings service_modules;
};

/* ---- confirm.c -------------------------------------------------------- */
struct hb_log *hb_log_of(struct hb_confirm *confirm,
                         const struct hb_server *server);
struct hb_topic *hb_topic_of(struct hb_log *log, const char *target,
                             const char *module, bool make);
void hb_confirm_rearm(struct hb_confirm *confirm);
void hb_confirm_settle(struct hb_confirm *confirm); /* frees when it may */

/* ---- answer.c --------------------------------------------------------- */
void hb_topic_take(struct hb_topic *topic, const struct hb_log_event *event);
/* Closes groups that no line will complete; gives when the next would be. */
double hb_topic_tick(struct hb_topic *topic, double now);
void hb_topic_restart(struct hb_topic *topic); /* the server starts anew */
void hb_topic_free(struct hb_topic *topic);
/* Answers to changes that nobody here made are not saved up for triggers that
 * are still to come. */
void hb_topic_forget_surplus(struct hb_topic *topic);
/* Older triggers of that process are taken for answered. */
void hb_topic_resync(struct hb_topic *topic, const char *process,
                     unsigned number);

/* ---- look.c ----------------------------------------------------------- */
void hb_watch_answer(struct hb_topic *topic, const struct hb_answer *answer);

/* ---- watch.c ---------------------------------------------------------- */
void hb_watch_started(struct hb_log *log); /* "Starting": answers begin anew */
void hb_watch_noticed(struct hb_log *log); /* gap, deaf, … : look again */
bool hb_watch_waits(const struct hb_confirm *confirm, const struct hb_log *log);

/* ---- due.c ------------------------------------------------------------ */
/* Does what is due in all watches; gives when the next thing is. */
double hb_watch_tick(struct hb_confirm *confirm, double now);

/* No moment: nothing is waited for. */
#define HB_NEVER 1e18

#endif
