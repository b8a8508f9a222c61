#include "cli/cli.h"
#include "cli/spawn.h"
#include "wire/writer.h"

#include <stdio.h>

static const char help[] =
    "usage: hotbridge start [--json]\n"
    "\n"
    "Starts the bridge unless it runs already, and returns once it can be\n"
    "connected to. A bridge of another version is asked to hand over. Other\n"
    "commands start it by themselves.\n"
    "\n"
    "Exit code: 0 when it runs, 8 when it cannot be started.\n"
    "\n"
    "examples:\n"
    "  hotbridge start\n"
    "  hotbridge start --json | jq -r .bridge    where bridge.json is\n";

static void print_json(const struct hb_found *found, bool started)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_put_flag(&writer, "running", true);
    hb_writer_put_integer(&writer, "pid", found->info.pid);
    hb_writer_put_text(&writer, "url", found->info.url);
    hb_writer_put_text(&writer, "version", found->info.version);
    hb_writer_put_text(&writer, "bridge", found->path);
    hb_writer_put_flag(&writer, "started", started);
    hb_writer_close(&writer, '}');
    hb_cli_print(&writer);
}

static int run(const struct hb_cli *cli)
{
    struct hb_found found;
    struct hb_error err = {0};
    bool started = false;
    if (!hb_spawn_ensure(&found, &started, &err)) {
        return hb_cli_fail(&err);
    }
    if (cli->json) {
        print_json(&found, started);
    } else {
        printf("the bridge %s (pid %d, %s)\n",
               started ? "is started" : "runs already", found.info.pid,
               found.info.url);
    }
    hb_found_release(&found);
    return 0;
}

const struct hb_command hb_command_start = {
    .name = "start",
    .summary = "start the bridge, unless it runs",
    .help = help,
    .options = HB_CLI_JSON,
    .run = run,
};
