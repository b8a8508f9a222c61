#include "base/alloc.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/terminal.h"
#include "cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: hotbridge diff MODULE [A [B]] [--target T] [--json]\n"
    "\n"
    "Compares versions of a module that a target was given, as a patch.\n"
    "\n"
    "  hotbridge diff M      what was last live with what was last given\n"
    "  hotbridge diff M A    the commit A with what was last given\n"
    "  hotbridge diff M A B  the commit A with the commit B\n"
    "\n"
    "  -t, --target T  the target; without it the default one\n"
    "  --json          {\"patch\": \"…\"}\n"
    "\n"
    "examples:\n"
    "  hotbridge diff crm.py\n"
    "  hotbridge diff crm.py a1b2c3d b2c3d4e --target prod\n";

static enum hb_colour line_colour(const char *line)
{
    if (strncmp(line, "+++", 3) == 0 || strncmp(line, "---", 3) == 0) {
        return HB_BOLD;
    }
    switch (line[0]) {
    case '+': return HB_GREEN;
    case '-': return HB_RED;
    case '@': return HB_CYAN;
    default: return HB_PLAIN;
    }
}

static void print_lively(char *patch)
{
    struct hb_buffer out = {0};
    char *rest = patch;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (rest == NULL && line[0] == '\0') {
            break;
        }
        hb_buffer_print(&out, "%s", hb_terminal_begin(true, line_colour(line)));
        hb_terminal_add_lines(&out, line, 0);
        hb_buffer_print(&out, "%s\n", hb_terminal_end(true));
    }
    fputs(hb_buffer_text(&out), stdout);
    hb_buffer_release(&out);
}

static int print(const struct hb_cli *cli, const char *value)
{
    struct hb_error err = {0};
    char *patch = NULL;
    if (cli->json) {
        puts(value);
        return 0;
    }
    if (!hb_decode_patch(value, &patch, &err)) {
        return hb_cli_fail(&err);
    }
    if (patch[0] == '\0') {
        fputs("hotbridge: there is no difference\n", stderr);
    } else if (hb_terminal_lively(stdout)) {
        print_lively(patch);
    } else {
        fputs(patch, stdout);
    }
    free(patch);
    return 0;
}

static int ask(const struct hb_cli *cli, struct hb_client *client,
               const char *target)
{
    char *module = hb_words_module(cli->args[0]);
    struct hb_request request = {
        .has_method = true,
        .method = HB_METHOD_HISTORY_DIFF,
        .target = (char *)target,
        .module = module,
        .from = cli->arg_count > 1 ? cli->args[1] : NULL,
        .to = cli->arg_count > 2 ? cli->args[2] : NULL,
    };
    struct hb_reply reply;
    int code = 0;
    if (hb_client_ask(client, &request, &reply, &code)) {
        code = print(cli, reply.value);
        hb_reply_release(&reply);
    }
    free(module);
    return code;
}

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    for (size_t i = 1; i < cli->arg_count; i++) {
        if (!hb_words_commit(cli->args[i], &err)) {
            return hb_cli_fail(&err);
        }
    }
    struct hb_client *client = hb_client_open(HB_CLIENT_START, &err);
    char *target =
        client == NULL ? NULL : hb_words_target(client, cli->target, &err);
    int code = target == NULL ? hb_cli_fail(&err) : ask(cli, client, target);
    free(target);
    hb_client_free(client);
    return code;
}

const struct hb_command hb_command_diff = {
    .name = "diff",
    .summary = "compare versions of a module",
    .help = help,
    .options = HB_CLI_JSON | HB_CLI_TARGET,
    .least = 1,
    .most = 3,
    .run = run,
};
