/*
 * The command line: one file a subcommand, found in main.c's sorted table.
 *
 * A subcommand declares which options it takes and how many words; they are
 * read before it runs, so that `run` sees values only. It prints what was
 * asked for on stdout, words about it on stderr, and gives the exit code.
 * Thread: the only one of the process.
 */
#ifndef HB_CLI_CLI_H
#define HB_CLI_CLI_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct hb_writer;

/* Exit codes beside those of outcomes (model/deploy.h). */
#define HB_EXIT_FAILED 1
#define HB_EXIT_USAGE 2
#define HB_EXIT_REJECTED 5
#define HB_EXIT_BRIDGE 8
#define HB_EXIT_INTERRUPTED 130

/* Any number of words. */
#define HB_CLI_MANY ((size_t)-1)

enum hb_cli_option {
    HB_CLI_JSON = 1 << 0,    /* --json */
    HB_CLI_TARGET = 1 << 1,  /* --target NAME, -t NAME */
    HB_CLI_FORCE = 1 << 2,   /* --force */
    HB_CLI_YES = 1 << 3,     /* --yes, -y */
    HB_CLI_NO_WAIT = 1 << 4, /* --no-wait */
    HB_CLI_TO = 1 << 5,      /* --to COMMIT */
    HB_CLI_LIMIT = 1 << 6,   /* -n N */
    HB_CLI_ALL = 1 << 7,     /* --all */
};

struct hb_cli;

struct hb_command {
    const char *name;
    const char *summary; /* a line, for the list of commands */
    const char *help;    /* usage, meaning, examples */
    unsigned options;    /* hb_cli_option */
    size_t least;        /* words it needs */
    size_t most;
    int (*run)(const struct hb_cli *cli);
    int (*run_raw)(int argc, char **argv); /* instead: reads its own words */
};

/* What was asked for; all borrowed from argv and main's table. */
struct hb_cli {
    const struct hb_command *const *commands;
    size_t command_count;
    const struct hb_command *command;
    char **args;
    size_t arg_count;
    bool json;
    bool force;
    bool yes;
    bool no_wait;
    bool all;
    const char *target;
    const char *to;
    size_t limit; /* 0: not given */
};

/* Runs what argv names; gives the exit code. */
int hb_cli_run(const struct hb_command *const *commands, size_t count, int argc,
               char **argv);

/* The list of commands. */
void hb_cli_overview(const struct hb_cli *cli);

/* NULL when there is none of that name. */
const struct hb_command *hb_cli_find(const struct hb_cli *cli,
                                     const char *name);

/* Says on stderr what is wrong, and where help is; gives HB_EXIT_USAGE. */
int hb_cli_usage(const struct hb_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says that there is no such command, and which may be meant; gives
 * HB_EXIT_USAGE. */
int hb_cli_unknown(const struct hb_cli *cli, const char *word);

/* Says the error on stderr; gives the exit code for its code. */
int hb_cli_fail(const struct hb_error *err);

/* JSON on stdout, as a line; takes what was written. */
void hb_cli_print(struct hb_writer *writer);

extern const struct hb_command hb_command_cancel;
extern const struct hb_command hb_command_daemon;
extern const struct hb_command hb_command_deploy;
extern const struct hb_command hb_command_diff;
extern const struct hb_command hb_command_doctor;
extern const struct hb_command hb_command_help;
extern const struct hb_command hb_command_history;
extern const struct hb_command hb_command_rollback;
extern const struct hb_command hb_command_show;
extern const struct hb_command hb_command_start;
extern const struct hb_command hb_command_status;
extern const struct hb_command hb_command_stop;
extern const struct hb_command hb_command_target;
extern const struct hb_command hb_command_version;

#endif
