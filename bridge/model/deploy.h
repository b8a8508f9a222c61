/*
 * A deploy as a plain value: one attempt to make given bytes of a module live
 * on a target. History writes and reads it, the pipeline moves it on, the
 * wire tells it to clients. docs/protocol.md has the meaning of each member.
 *
 * Owns all that it points to. Absent text is NULL, an absent number of
 * seconds negative. Thread: any, one at a time; jobs take copies.
 */
#ifndef HB_MODEL_DEPLOY_H
#define HB_MODEL_DEPLOY_H

#include "base/alloc.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum hb_trigger {
    HB_TRIGGER_SAVE,
    HB_TRIGGER_MANUAL,
    HB_TRIGGER_CLI,
    HB_TRIGGER_WEB,
    HB_TRIGGER_ROLLBACK,
    HB_TRIGGER_FOUND, /* only in the history */
    HB_TRIGGER_LATE,  /* only in the history */
    HB_TRIGGER_COUNT,
};

enum hb_state {
    HB_STATE_ACCEPTED, /* not durable yet; never told to clients */
    HB_STATE_RECORDED, /* durable: the acknowledgement */
    HB_STATE_QUEUED,   /* waits for its turn on the target */
    HB_STATE_DELIVERED,
    HB_STATE_DONE,
    HB_STATE_COUNT,
};

enum hb_outcome {
    HB_OUTCOME_NONE, /* not done yet, or a found version */
    HB_OUTCOME_DEPLOYED,
    HB_OUTCOME_FAILED,
    HB_OUTCOME_UNCONFIRMED,
    HB_OUTCOME_CONFLICT,
    HB_OUTCOME_REJECTED,
    HB_OUTCOME_UNREACHABLE,
    HB_OUTCOME_CANCELLED,
    HB_OUTCOME_SUPERSEDED,
    HB_OUTCOME_COUNT,
};

enum hb_server_state {
    HB_SERVER_WAITING,
    HB_SERVER_CONFIRMED,
    HB_SERVER_FAILED,
    HB_SERVER_SILENT,      /* runs, and said nothing that proves anything */
    HB_SERVER_STOPPED,     /* proved not to run */
    HB_SERVER_UNREACHABLE, /* its files cannot be read or written */
    HB_SERVER_STATE_COUNT,
};

enum hb_severity {
    HB_SEVERITY_ERROR,
    HB_SEVERITY_WARNING,
    HB_SEVERITY_COUNT,
};

struct hb_deploy_server {
    char *name;
    enum hb_server_state state;
    struct hb_strings services;
    double seconds; /* from delivery to its line; negative: absent */
    bool delivered; /* its own pickup directory was given the file */
    bool nudged;    /* was silent, and the file was touched once more */
    char *message;
};

struct hb_diagnostic {
    char *path;
    int line;   /* from 1; 0: absent */
    int column; /* from 1, in code points; 0: absent */
    enum hb_severity severity;
    char *message;
    char *server; /* NULL: found before delivery */
};

struct hb_warning {
    char *code; /* a word of docs/protocol.md */
    char *message;
};

enum hb_tristate { HB_UNSAID, HB_NO, HB_YES };

struct hb_deploy {
    char id[HB_UUID_SIZE];
    char *target;
    char *module;
    enum hb_trigger trigger;
    enum hb_state state;
    enum hb_outcome outcome;
    char attempt[HB_OID_SIZE];  /* "" until recorded */
    char commit[HB_OID_SIZE];   /* "" until done */
    char blob[HB_OID_SIZE];     /* the module's bytes; set from the start */
    char found[HB_OID_SIZE];    /* commit of the foreign version, or "" */
    char previous[HB_OID_SIZE]; /* the module's deploy before, or "" */
    char *message;              /* one sentence */
    struct hb_deploy_server *servers;
    size_t server_count;
    struct hb_diagnostic *diagnostics;
    size_t diagnostic_count;
    struct hb_warning *warnings;
    size_t warning_count;
    double recorded;  /* timings: seconds from acceptance */
    double delivered; /* negative: absent */
    double confirmed;
    int64_t started;  /* wall clock, ms */
    int64_t finished; /* 0: not yet */
    int64_t order;    /* see hb_deploy_order(); 0: `started` will do */
    bool late;        /* a word came after it was done */
    bool live;        /* every server has confirmed by now */
    char *document;   /* path as the client sent it */
    char *client;     /* "name/version" */
    char *vcs_commit;
    char *vcs_branch;
    enum hb_tristate vcs_dirty;
};

/* The words of the protocol and the history for each value. */
const char *hb_trigger_word(enum hb_trigger trigger);
const char *hb_state_word(enum hb_state state);
const char *hb_outcome_word(enum hb_outcome outcome); /* NONE gives "" */
const char *hb_server_state_word(enum hb_server_state state);
const char *hb_severity_word(enum hb_severity severity);

/* False for a word that is not one of them. */
bool hb_trigger_parse(const char *word, enum hb_trigger *trigger);
bool hb_state_parse(const char *word, enum hb_state *state);
bool hb_outcome_parse(const char *word, enum hb_outcome *outcome);
bool hb_server_state_parse(const char *word, enum hb_server_state *state);
bool hb_severity_parse(const char *word, enum hb_severity *severity);

/* The exit code of the command line for an outcome. */
int hb_outcome_exit(enum hb_outcome outcome);

/* True where the target was given the bytes: deployed, failed, unconfirmed. */
bool hb_outcome_was_delivered(enum hb_outcome outcome);

/* Of two deploys, the one with the greater number was asked for later, also
 * where the clock was set back in between. */
int64_t hb_deploy_order(const struct hb_deploy *deploy);

struct hb_deploy *hb_deploy_new(void); /* all absent */
struct hb_deploy *hb_deploy_copy(const struct hb_deploy *deploy);
void hb_deploy_free(struct hb_deploy *deploy);

void hb_deploy_drop_servers(struct hb_deploy *deploy);

/* Each returns the new element, valid until the next one is added. */
struct hb_deploy_server *hb_deploy_add_server(struct hb_deploy *deploy,
                                              const char *name);
struct hb_diagnostic *hb_deploy_add_diagnostic(struct hb_deploy *deploy);
void hb_deploy_add_warning(struct hb_deploy *deploy, const char *code,
                           const char *format, ...)
    __attribute__((format(printf, 3, 4)));

struct hb_deploy_server *hb_deploy_server(struct hb_deploy *deploy,
                                          const char *name);

/* How many servers are in a state. */
size_t hb_deploy_count(const struct hb_deploy *deploy,
                       enum hb_server_state state);

#endif
