#include "daemon/daemon.h"

#include "cli/cli.h"

static const char help[] =
    "usage: hotbridge daemon [--verbose] [--ready-fd N]\n"
    "\n"
    "Runs the bridge in the foreground, its log on standard error; for service\n"
    "managers. Everything else starts it on demand.\n"
    "\n"
    "  --verbose     log more\n"
    "  --ready-fd N  write one line to this descriptor: \"ready\", or why not\n"
    "\n"
    "Exit code: 0 after SIGTERM or SIGINT; 1 when it cannot run; 9 when\n"
    "another bridge of this user runs.\n"
    "\n"
    "examples:\n"
    "  hotbridge daemon\n"
    "  systemctl --user enable --now hotbridge\n";

const struct hb_command hb_command_daemon = {
    .name = "daemon",
    .summary = "run the bridge in the foreground, for service managers",
    .help = help,
    .run_raw = hb_daemon_main,
};
