#include "cli/cli.h"

#include <stdio.h>

static const char help[] = "usage: hotbridge help [COMMAND]\n"
                           "\n"
                           "Lists the commands, or explains one of them.\n"
                           "\n"
                           "examples:\n"
                           "  hotbridge help\n"
                           "  hotbridge help deploy\n";

static int run(const struct hb_cli *cli)
{
    if (cli->arg_count == 0) {
        hb_cli_overview(cli);
        return 0;
    }
    const struct hb_command *command = hb_cli_find(cli, cli->args[0]);
    if (command == NULL) {
        return hb_cli_unknown(cli, cli->args[0]);
    }
    fputs(command->help, stdout);
    return 0;
}

const struct hb_command hb_command_help = {
    .name = "help",
    .summary = "list the commands, or explain one",
    .help = help,
    .most = 1,
    .run = run,
};
