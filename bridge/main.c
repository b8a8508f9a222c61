#include "cli/cli.h"

int main(int argc, char **argv)
{
    static const struct hb_command *const commands[] = {
        &hb_command_cancel,  &hb_command_daemon,   &hb_command_deploy,
        &hb_command_diff,    &hb_command_doctor,   &hb_command_help,
        &hb_command_history, &hb_command_rollback, &hb_command_show,
        &hb_command_start,   &hb_command_status,   &hb_command_stop,
        &hb_command_target,  &hb_command_version,
    };
    return hb_cli_run(commands, sizeof commands / sizeof *commands, argc, argv);
}
