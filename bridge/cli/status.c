#include "cli/cli.h"
#include "cli/client.h"
#include "cli/damage.h"
#include "cli/find.h"
#include "wire/writer.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: hotbridge status [--json]\n"
    "\n"
    "Says whether the bridge runs and answers. Starts nothing.\n"
    "\n"
    "Exit code: 0 when it runs and has proved itself; 8 when not.\n"
    "\n"
    "examples:\n"
    "  hotbridge status\n"
    "  hotbridge status --json | jq .pid\n";

/* Until whoever it belongs to has removed it. */
static void print_damage(const struct hb_damage *damage)
{
    for (size_t i = 0; i < damage->paths.count; i++) {
        printf("the history was damaged once: see %s and 'hotbridge doctor'\n",
               damage->paths.items[i]);
    }
}

static void print_json(const struct hb_found *found, bool answers,
                       const struct hb_damage *damage)
{
    struct hb_writer writer = {0};
    hb_writer_open(&writer, '{');
    hb_writer_put_flag(&writer, "running", found->path != NULL);
    if (found->path != NULL) {
        hb_writer_put_flag(&writer, "answers", answers);
        hb_writer_put_integer(&writer, "pid", found->info.pid);
        hb_writer_put_text(&writer, "url", found->info.url);
        hb_writer_put_text(&writer, "version", found->info.version);
        hb_writer_put_text(&writer, "bridge", found->path);
    }
    if (damage->paths.count > 0) {
        hb_writer_key(&writer, "damaged");
        hb_writer_open(&writer, '[');
        for (size_t i = 0; i < damage->paths.count; i++) {
            hb_writer_text(&writer, damage->paths.items[i]);
        }
        hb_writer_close(&writer, ']');
    }
    hb_writer_close(&writer, '}');
    hb_cli_print(&writer);
}

static int run(const struct hb_cli *cli)
{
    struct hb_found found;
    struct hb_error err = {0};
    struct hb_client *client = NULL;
    struct hb_damage damage;
    enum hb_find result = hb_find_bridge(&found, &err);
    if (result == HB_FIND_RUNNING) {
        client = hb_client_open(HB_CLIENT_FIND, &err);
    }
    hb_damage_find(&damage);
    if (cli->json) {
        print_json(&found, client != NULL, &damage);
    } else if (client != NULL) {
        printf("the bridge %s runs (pid %d, %s)\n", found.info.version,
               found.info.pid, found.info.url);
    } else if (result == HB_FIND_NONE) {
        puts(hb_find_lock_held() ? "the bridge is starting or stopping"
                                 : "no bridge runs");
    }
    if (!cli->json) {
        print_damage(&damage);
    }
    hb_damage_release(&damage);
    if (err.code != HB_OK) {
        hb_cli_fail(&err);
    }
    int code = client != NULL ? 0 : HB_EXIT_BRIDGE;
    hb_client_free(client);
    hb_found_release(&found);
    return code;
}

const struct hb_command hb_command_status = {
    .name = "status",
    .summary = "say whether the bridge runs",
    .help = help,
    .options = HB_CLI_JSON,
    .run = run,
};
