#include "base/alloc.h"
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/pages.h"
#include "cli/picture.h"
#include "cli/table.h"
#include "cli/words.h"
#include "wire/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define LIMIT_DEFAULT 20
#define COMMIT_DIGITS 7

static const char help[] =
    "usage: hotbridge history [MODULE] [--target T] [-n N] [--all] [--json]\n"
    "\n"
    "Lists what was deployed to a target, newest first.\n"
    "\n"
    "  -t, --target T  the target; without it the default one\n"
    "  -n N            at most so many (20)\n"
    "  --all           also what was never delivered: rejected, superseded, …\n"
    "  --json          {\"deploys\": […], \"next\"?}\n"
    "\n"
    "The first column is the commit that show, diff and rollback take.\n"
    "\n"
    "examples:\n"
    "  hotbridge history\n"
    "  hotbridge history crm.py -n 5 --target prod\n"
    "  git --git-dir ~/.local/state/hotbridge/history.git log dev\n";

static void add_row(struct hb_table *table, const struct hb_deploy *deploy,
                    bool with_module)
{
    char when[HB_WORDS_WHEN_SIZE];
    char commit[COMMIT_DIGITS + 1];
    const char *word = deploy->outcome == HB_OUTCOME_NONE
                           ? hb_trigger_word(deploy->trigger)
                           : hb_outcome_word(deploy->outcome);
    char *outcome =
        hb_format("%s%s", word,
                  deploy->late && deploy->outcome != HB_OUTCOME_DEPLOYED
                      ? deploy->live ? ", live by now" : ", late words"
                      : "");
    snprintf(commit, sizeof commit, "%.*s", COMMIT_DIGITS, deploy->commit);
    hb_words_when(deploy->started, hb_clock_wall(), when);
    hb_table_add(table, HB_CYAN, commit);
    hb_table_add(table, HB_DIM, when);
    hb_table_add(table, HB_PLAIN, with_module ? deploy->module : "");
    hb_table_add(table, hb_picture_colour(deploy->outcome), outcome);
    hb_table_add(table, HB_PLAIN,
                 deploy->trigger == HB_TRIGGER_ROLLBACK ? "rollback" : "");
    hb_table_add(table, HB_PLAIN, deploy->message);
    free(outcome);
}

static void print_table(const struct hb_pages *pages, bool with_module)
{
    struct hb_table table = {.columns = 6};
    for (size_t i = 0; i < pages->count; i++) {
        add_row(&table, pages->deploys[i], with_module);
    }
    char *text =
        hb_table_text(&table, hb_terminal_width(), hb_terminal_lively(stdout));
    fputs(text, stdout);
    free(text);
    hb_table_release(&table);
}

/* A target that is not configured may have a history; one that has neither is
 * a slip. */
static bool is_known(struct hb_client *client, const char *name)
{
    struct hb_error err = {0};
    struct hb_target *target = hb_client_target(client, name, &err);
    if (target == NULL) {
        hb_cli_fail(&err);
    }
    hb_target_free(target);
    return target != NULL;
}

static int list(const struct hb_cli *cli, struct hb_client *client,
                const char *target, char *module)
{
    struct hb_pages pages;
    struct hb_request request = {
        .target = (char *)target, .module = module, .all = cli->all};
    int code = 0;
    if (!hb_pages_read(client, &request,
                       cli->limit != 0 ? cli->limit : LIMIT_DEFAULT, &pages,
                       &code)) {
        hb_pages_release(&pages);
        return code;
    }
    if (pages.count == 0 && !is_known(client, target)) {
        hb_pages_release(&pages);
        return HB_EXIT_USAGE;
    }
    if (cli->json) {
        char *text = hb_encode_list(pages.deploys, pages.count, pages.next);
        puts(text);
        free(text);
    } else {
        print_table(&pages, module == NULL);
    }
    if (pages.count == 0) {
        fprintf(stderr, "hotbridge: nothing%s%s was deployed to %s yet\n",
                module == NULL ? "" : " of ", module == NULL ? "" : module,
                target);
    } else if (pages.next != NULL && !cli->json && isatty(STDERR_FILENO)) {
        fprintf(stderr, "there is more: -n shows it\n");
    }
    hb_pages_release(&pages);
    return 0;
}

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    struct hb_client *client = hb_client_open(HB_CLIENT_START, &err);
    char *target =
        client == NULL ? NULL : hb_words_target(client, cli->target, &err);
    char *module = cli->arg_count == 0 ? NULL : hb_words_module(cli->args[0]);
    int code =
        target == NULL ? hb_cli_fail(&err) : list(cli, client, target, module);
    free(module);
    free(target);
    hb_client_free(client);
    return code;
}

const struct hb_command hb_command_history = {
    .name = "history",
    .summary = "list what was deployed",
    .help = help,
    .options = HB_CLI_JSON | HB_CLI_TARGET | HB_CLI_LIMIT | HB_CLI_ALL,
    .most = 1,
    .run = run,
};
