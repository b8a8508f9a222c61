/*
 * Lines of a server's log -> what they say about modules. Pure: no IO, no
 * clock. Source: docs/zato.md and the logs in tests/logs.
 *
 * Lines that begin with a date are records; what follows without one belongs
 * to the record before. Until a traceback's closing line has come, what looks
 * like a record of the same process is an exception's text that quotes one.
 * Which lines are looked at is in wanted.h, which paths count in home.h. Owns
 * what it has collected. Thread: loop.
 */
#ifndef HB_CONFIRM_MATCH_H
#define HB_CONFIRM_MATCH_H

#include "base/buffer.h"
#include "model/target.h"

#include <stdint.h>

/* Most bytes of one line that are looked at, and of one traceback that are
 * kept (its end speaks, so its beginning goes). */
#define HB_MATCH_LINE_MAX (64u * 1024)
#define HB_MATCH_TRACEBACK_MAX (64u * 1024)
/* Most records of its own process that a traceback may quote: with more its
 * end was lost, and that they are records is believed again. */
#define HB_MATCH_QUOTED_MAX 64

enum hb_word {
    HB_WORD_SERVICES, /* deployed services: an answer */
    HB_WORD_MODELS,   /* deployed models: services may follow */
    HB_WORD_NOTHING,  /* nothing was deployed: an answer */
    HB_WORD_ERROR,    /* could not be loaded; an answer follows */
    HB_WORD_STARTING, /* the server starts: no module */
    HB_WORD_STARTED,
    HB_WORD_STOPPED,
    HB_WORD_DEAF, /* its file observer could not be started */
};

/* Borrowed for the call. */
struct hb_log_event {
    enum hb_word word;
    const char *module;             /* NULL for what is about the server */
    const char *process;            /* "3594" */
    const char *thread;             /* "3594:Dummy-87" */
    const char *path;               /* as logged, or NULL */
    const struct hb_strings *names; /* services or models */
    const char *text;               /* ERROR: the whole traceback */
    size_t text_len;
};

typedef void (*hb_match_fn)(void *user, const struct hb_log_event *event);

struct hb_matcher;

/* `server` is probed; what is needed of it is copied. */
struct hb_matcher *hb_matcher_new(const struct hb_server *server);
void hb_matcher_free(struct hb_matcher *matcher);

/* Where the server's folder really lies, if its path goes through links. */
void hb_matcher_resolved(struct hb_matcher *matcher, const char *path);

/* One line without its newline. */
void hb_matcher_line(struct hb_matcher *matcher, const char *line, size_t len,
                     hb_match_fn tell, void *user);

/* Drops what was collected: the log was cut or changed. */
void hb_matcher_reset(struct hb_matcher *matcher);

#endif
