#include "cli/cli.h"
#include "wire/limits.h"

#include <stdio.h>

static const char help[] = "usage: hotbridge version [--json]\n"
                           "\n"
                           "Prints the version, and the protocol's number.\n"
                           "\n"
                           "examples:\n"
                           "  hotbridge version\n"
                           "  hotbridge version --json | jq -r .version\n";

static int run(const struct hb_cli *cli)
{
    printf(cli->json ? "{\"version\":\"%s\",\"protocol\":%d}\n"
                     : "hotbridge %s, protocol %d\n",
           HB_VERSION, HB_PROTOCOL);
    return 0;
}

const struct hb_command hb_command_version = {
    .name = "version",
    .summary = "print the version",
    .help = help,
    .options = HB_CLI_JSON,
    .run = run,
};
