/*
 * A deploy that is watched, and its seats: one for each server. Private to
 * bridge/confirm.
 *
 *     watch.c    what the pipeline calls, and the end of a watch
 *     look.c     an answer and its witness, judged
 *     seat.c     the states of a server, and what the last of them decides
 *     due.c      nudges, deadlines and settling
 *     report.c   a watch as a Deploy shows it
 *
 * Whoever is told of a watch (ops) may free it: what goes on with it
 * afterwards holds it meanwhile (`holds`, hb_watch_let_go). Thread: loop.
 */
#ifndef HB_CONFIRM_WATCH_H
#define HB_CONFIRM_WATCH_H

#include "confirm/log.h"
#include "report/traceback.h"

/* The newest word of a process of the server about this deploy. */
struct hb_heard {
    char process[24];
    unsigned number; /* of the answer */
    bool good;
    double settles; /* a good line of doubtful age: not before */
};

/* One server of one deploy. */
struct hb_seat {
    const struct hb_server *server; /* in the watch's target */
    struct hb_log *log;
    struct hb_topic *topic;
    unsigned first; /* number of our first trigger */
    bool delivered;
    unsigned starts; /* of the server, seen since: older answers are void */
    int64_t mtimes[HB_JUDGE_MTIMES];
    size_t mtime_count;
    enum hb_server_state state;
    struct hb_heard heard[HB_LOG_PROCESSES];
    size_t heard_count;
    struct hb_strings services;
    double seconds;
    bool nudged;
    bool asked;     /* ops->nudge was called */
    unsigned stale; /* times that it ran older bytecode */
    double nudge_at;
    double ends_at;
    char *message;
    const char *doubt; /* why the last answer proved nothing */
    struct hb_traceback error;
    bool has_error;
    bool mended; /* a good word came after the failure */
};

struct hb_watch {
    struct hb_watch *next;
    struct hb_confirm *confirm;
    struct hb_target *target;
    struct hb_deploy *deploy;
    char *bytes;
    size_t len;
    double timeout;
    const struct hb_watch_ops *ops;
    void *user;
    struct hb_seat *seats;
    size_t count;
    double started; /* 0: not yet */
    double ends;
    double late_until;
    bool done;
    bool hurried;
    bool freed;
    unsigned holds; /* jobs to come, and callers that still look at it */
};

/* The earlier of two moments. */
static inline double hb_earliest(double a, double b)
{
    return a < b ? a : b;
}

/* ---- watch.c ---------------------------------------------------------- */
/* Frees what was freed meanwhile, once nobody holds it any more. */
void hb_watch_let_go(struct hb_watch *watch);

/* ---- seat.c ----------------------------------------------------------- */
/* No server is waited for. */
bool hb_watch_settled(const struct hb_watch *watch);
size_t hb_watch_count(const struct hb_watch *watch, enum hb_server_state state);
/* Tells of a change; the last may end the deploy. The watch may be freed by
 * whoever is told. */
void hb_watch_tell(struct hb_watch *watch);
/* Takes over the message, and tells if the state is another. */
void hb_seat_set(struct hb_watch *watch, struct hb_seat *seat,
                 enum hb_server_state state, char *message);
/* Why nothing is known of the server at its deadline; to be freed. */
char *hb_seat_silence(const struct hb_watch *watch, const struct hb_seat *seat);
/* Processes whose newest word is good. */
size_t hb_seat_good(const struct hb_seat *seat);
/* Takes an answer for this deploy's; one that is older than what the same
 * process has said since is passed over. `doubt`: seconds in which it may
 * still be contradicted. */
void hb_seat_take_good(struct hb_watch *watch, struct hb_seat *seat,
                       const struct hb_answer *answer, double doubt);
void hb_seat_take_bad(struct hb_watch *watch, struct hb_seat *seat,
                      const struct hb_answer *answer);
/* A bad answer of doubtful age: what was said before is contradicted. False:
 * the process has said more since. */
bool hb_seat_doubt_bad(struct hb_seat *seat, const struct hb_answer *answer);
/* An answer that is not this deploy's speaks against what settles still. */
void hb_seat_contradict(struct hb_seat *seat, const struct hb_answer *answer);
/* Confirms once all processes of the server have answered and no answer may
 * still be contradicted. */
void hb_seat_confirm_when_complete(struct hb_watch *watch, struct hb_seat *seat,
                                   double now);

#endif
