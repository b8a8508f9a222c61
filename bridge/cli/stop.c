#include "cli/cli.h"
#include "cli/spawn.h"

#include <stdio.h>

static const char help[] =
    "usage: hotbridge stop [--json]\n"
    "\n"
    "Stops the bridge and returns once it is gone. What waits stays recorded,\n"
    "and is taken up when the bridge runs again.\n"
    "\n"
    "Exit code: 0, also when none ran; 8 when it cannot be stopped.\n"
    "\n"
    "examples:\n"
    "  hotbridge stop\n"
    "  hotbridge stop && hotbridge start\n";

static int run(const struct hb_cli *cli)
{
    struct hb_error err = {0};
    int pid = 0;
    if (!hb_spawn_stop(&pid, &err)) {
        return hb_cli_fail(&err);
    }
    if (cli->json && pid != 0) {
        printf("{\"running\":false,\"stopped\":true,\"pid\":%d}\n", pid);
    } else if (cli->json) {
        puts("{\"running\":false,\"stopped\":false}");
    } else if (pid != 0) {
        printf("the bridge (pid %d) is stopped\n", pid);
    } else {
        puts("no bridge runs");
    }
    return 0;
}

const struct hb_command hb_command_stop = {
    .name = "stop",
    .summary = "stop the bridge; what waits stays recorded",
    .help = help,
    .options = HB_CLI_JSON,
    .run = run,
};
