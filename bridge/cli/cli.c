#include "cli/cli.h"

#include "base/alloc.h"
#include "cli/suggest.h"
#include "wire/limits.h"
#include "wire/writer.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

/* What getopt gives for options without a letter. */
enum letter {
    LETTER_JSON = 256,
    LETTER_FORCE,
    LETTER_NO_WAIT,
    LETTER_TO,
    LETTER_ALL
};

static const struct {
    enum hb_cli_option option;
    int letter;
    struct option getopt;
} known[] = {
    {HB_CLI_JSON, LETTER_JSON, {"json", no_argument, NULL, LETTER_JSON}},
    {HB_CLI_TARGET, 't', {"target", required_argument, NULL, 't'}},
    {HB_CLI_FORCE, LETTER_FORCE, {"force", no_argument, NULL, LETTER_FORCE}},
    {HB_CLI_YES, 'y', {"yes", no_argument, NULL, 'y'}},
    {HB_CLI_NO_WAIT,
     LETTER_NO_WAIT,
     {"no-wait", no_argument, NULL, LETTER_NO_WAIT}},
    {HB_CLI_TO, LETTER_TO, {"to", required_argument, NULL, LETTER_TO}},
    {HB_CLI_LIMIT, 'n', {"limit", required_argument, NULL, 'n'}},
    {HB_CLI_ALL, LETTER_ALL, {"all", no_argument, NULL, LETTER_ALL}},
};

#define KNOWN_COUNT (sizeof known / sizeof *known)

int hb_cli_usage(const struct hb_cli *cli, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("hotbridge: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    if (cli->command != NULL) {
        fprintf(stderr, "\nhotbridge %s --help has examples\n",
                cli->command->name);
    } else {
        fputs("\nhotbridge --help lists the commands\n", stderr);
    }
    return HB_EXIT_USAGE;
}

static int exit_code(enum hb_code code)
{
    switch (code) {
    case HB_OK: return 0;
    case HB_EUSAGE:
    case HB_EPARAMS:
    case HB_ETARGET:
    case HB_EMODULE:
    case HB_EDEPLOY:
    case HB_ECOMMIT:
    case HB_ECONFIRM:
    case HB_EONSAVE:
    case HB_ENOTHING: return HB_EXIT_USAGE;
    case HB_EUNREADY:
    case HB_EPROTOCOL:
    case HB_ESTOPPING:
    case HB_EBRIDGE: return HB_EXIT_BRIDGE;
    default: return HB_EXIT_FAILED;
    }
}

int hb_cli_fail(const struct hb_error *err)
{
    fprintf(stderr, "hotbridge: %s\n", err->message);
    return exit_code(err->code);
}

void hb_cli_print(struct hb_writer *writer)
{
    char *text = hb_writer_take(writer);
    puts(text);
    free(text);
}

const struct hb_command *hb_cli_find(const struct hb_cli *cli, const char *name)
{
    for (size_t i = 0; i < cli->command_count; i++) {
        if (strcmp(cli->commands[i]->name, name) == 0) {
            return cli->commands[i];
        }
    }
    return NULL;
}

void hb_cli_overview(const struct hb_cli *cli)
{
    puts("hotbridge deploys Python modules to Zato servers and tells what each "
         "server did.\n\nusage: hotbridge COMMAND [OPTION...] [WORD...]\n");
    for (size_t i = 0; i < cli->command_count; i++) {
        printf("  %-9s  %s\n", cli->commands[i]->name,
               cli->commands[i]->summary);
    }
    puts("\nTo begin with:\n"
         "  hotbridge target add dev ~/zato/qs-1\n"
         "  hotbridge deploy crm.py\n\n"
         "hotbridge COMMAND --help has examples of each.");
}

int hb_cli_unknown(const struct hb_cli *cli, const char *word)
{
    const char **names = hb_alloc(cli->command_count * sizeof *names);
    for (size_t i = 0; i < cli->command_count; i++) {
        names[i] = cli->commands[i]->name;
    }
    const char *near = hb_suggest_nearest(word, names, cli->command_count);
    int code =
        near == NULL
            ? hb_cli_usage(cli, "there is no command '%s'", word)
            : hb_cli_usage(cli, "there is no command '%s'; did you mean '%s'?",
                           word, near);
    free(names);
    return code;
}

static bool take_limit(struct hb_cli *cli, const char *text)
{
    char *end = NULL;
    long limit = strtol(text, &end, 10);
    if (end == text || *end != '\0' || limit < 1) {
        hb_cli_usage(cli, "-n takes a number from 1 on, not '%s'", text);
        return false;
    }
    cli->limit = (size_t)limit;
    return true;
}

static bool take_option(struct hb_cli *cli, int letter)
{
    switch (letter) {
    case LETTER_JSON: cli->json = true; return true;
    case LETTER_FORCE: cli->force = true; return true;
    case LETTER_NO_WAIT: cli->no_wait = true; return true;
    case LETTER_ALL: cli->all = true; return true;
    case LETTER_TO: cli->to = optarg; return true;
    case 'y': cli->yes = true; return true;
    case 't': cli->target = optarg; return true;
    case 'n': return take_limit(cli, optarg);
    default: return false;
    }
}

static void say_bad_option(const struct hb_cli *cli, int letter, char **argv)
{
    const char *word = argv[optind - 1];
    if (letter == ':') {
        hb_cli_usage(cli, "%s needs a value", word);
    } else if (optopt > 0 && optopt < 256 && word[1] != '-') {
        hb_cli_usage(cli, "%s has no option -%c", cli->command->name, optopt);
    } else {
        hb_cli_usage(cli, "%s has no option %s", cli->command->name, word);
    }
}

/* Reads the options and words behind a command's name into cli. False: they
 * are off, and stderr says how. */
static bool read_words(struct hb_cli *cli, int argc, char **argv)
{
    struct option options[KNOWN_COUNT + 1] = {0};
    char letters[3 * KNOWN_COUNT + 2] = ":";
    size_t count = 0;
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if ((cli->command->options & known[i].option) == 0) {
            continue;
        }
        options[count++] = known[i].getopt;
        if (known[i].letter < 256) {
            size_t len = strlen(letters);
            snprintf(letters + len, sizeof letters - len, "%c%s",
                     known[i].letter,
                     known[i].getopt.has_arg == no_argument ? "" : ":");
        }
    }
    optind = 0;
    opterr = 0;
    for (int c; (c = getopt_long(argc, argv, letters, options, NULL)) != -1;) {
        if (c == '?' || c == ':') {
            say_bad_option(cli, c, argv);
            return false;
        }
        if (!take_option(cli, c)) {
            return false;
        }
    }
    cli->args = argv + optind;
    cli->arg_count = (size_t)(argc - optind);
    if (cli->arg_count < cli->command->least) {
        hb_cli_usage(cli, "%s needs more words\n%.*s", cli->command->name,
                     (int)strcspn(cli->command->help, "\n"),
                     cli->command->help);
        return false;
    }
    if (cli->arg_count > cli->command->most) {
        hb_cli_usage(cli, "%s does not take '%s'", cli->command->name,
                     cli->args[cli->command->most]);
        return false;
    }
    return true;
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return true;
        }
    }
    return false;
}

/* What could not be printed is no success. */
static int finish(int code)
{
    if (fflush(stdout) == 0 && ferror(stdout) == 0) {
        return code;
    }
    if (errno != EPIPE) {
        fputs("hotbridge: the output could not be written\n", stderr);
    }
    return code == 0 ? HB_EXIT_FAILED : code;
}

int hb_cli_run(const struct hb_command *const *commands, size_t count, int argc,
               char **argv)
{
    struct hb_cli cli = {.commands = commands, .command_count = count};
    /* Tokens and modules are in memory, of the bridge as of a command: no core
     * file holds them. */
    prctl(PR_SET_DUMPABLE, 0);
    if (argc < 2) {
        return hb_cli_usage(&cli, "name a command");
    }
    const char *word = argv[1];
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        word = "help";
    } else if (strcmp(word, "--version") == 0 || strcmp(word, "-V") == 0) {
        word = "version";
    }
    cli.command = hb_cli_find(&cli, word);
    if (cli.command == NULL) {
        return hb_cli_unknown(&cli, word);
    }
    if (asks_for_help(argc - 1, argv + 1)) {
        fputs(cli.command->help, stdout);
        return 0;
    }
    if (cli.command->run_raw != NULL) {
        return cli.command->run_raw(argc - 1, argv + 1);
    }
    if (!read_words(&cli, argc - 1, argv + 1)) {
        return HB_EXIT_USAGE;
    }
    return finish(cli.command->run(&cli));
}
